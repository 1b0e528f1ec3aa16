"""The exercises of notebook 14: for each of nine networks that went wrong, the name of its fault."""

from mnist_helpers.exercises.answers import NotAttempted, describe
from mnist_helpers.exercises.exercise import Exercise

# The nine faults, and what each of them looks like.
SIGNS = {
    "rate too high": "the loss goes up as often as down instead of falling",
    "rate too low": "both losses fall at every epoch, but by little, and they are still falling at the end",
    "dead ReLUs": "the loss stands still at 2.30 from the first epoch on, and every digit gets the same answer",
    "pixels not divided": "the first loss is very large, because each sum in the first layer is 255 times too large",
    "no softmax": "the ten outputs don't add up to 1, and some of them may be negative",
    "labels shuffled": "the training loss falls a little, and validation does no better than guessing",
    "memorizing": "training is nearly perfect, and validation stays far behind it",
    "test digits leaked": "unseen digits seem to be read as well as those of the training set",
    "logarithm of 0": "the loss is a number at first, and NaN from some step on",
}
SPELLINGS = {  # that mean one of them as well
    "learning rate too high": "rate too high",
    "learning rate too low": "rate too low",
    "dead relu": "dead ReLUs",
    "memorising": "memorizing",
    "log of 0": "logarithm of 0",
    "nan": "logarithm of 0",
}


def _patient(number, fault, hints, why, instead):
    """Makes the exercise of one patient.

    Args:
        number: of the patient.
        fault: one of `SIGNS`.
        hints: list of strings.
        why: string, how the signs tell this fault from the others.
        instead: dictionary from other faults to what speaks against them here, where more is to be said than its sign.
    """

    def judge(diagnosis):
        if diagnosis is ...:
            raise NotAttempted
        answer = " ".join(diagnosis.lower().split()) if isinstance(diagnosis, str) else None
        named = {name.lower(): name for name in SIGNS} | SPELLINGS
        if answer not in named:
            names = ", ".join(f'"{name}"' for name in SIGNS)
            return f"Your diagnosis is {describe(diagnosis)}; expected is one of {names}."
        if named[answer] == fault:
            return None
        if told := instead.get(named[answer]):
            return f"With `{named[answer]}`, {told}"
        return f"The sign of `{named[answer]}` is that {SIGNS[named[answer]]}. Is that what you see here?"

    judge.__name__ = f"patient_{number}"
    return Exercise(judge, hints, f'diagnosis = "{fault}"', why)


patient_1 = _patient(
    1,
    "rate too high",
    [
        "The curves of this patient go up as often as they go down. What decides how far a step goes?",
        "Compare the number in `Adam(...)` with the 0.001 that Keras would have taken.",
    ],
    "Each step is a hundred times as long as with the 0.001 at which most people begin, so it lands beyond the valley "
    "as often as in it. The loss falls at first, and then it goes up as often as down.",
    {
        "rate too low": "each step would be short, and short steps make a smooth curve. This one jumps.",
        "memorizing": "the training curve would be smooth and nearly perfect. Here it's training itself that fails.",
        "labels shuffled": "validation would stay at guessing. This patient reads more than half of the digits.",
        "dead ReLUs": "nothing would move any more. Many of its neurons have died, but the others are still "
        "learning; what throws them back, and what killed the many?",
    },
)
patient_2 = _patient(
    2,
    "rate too low",
    [
        "Is the curve still moving at its end, and which way? More epochs would tell the same story further on.",
        "Every epoch brings the same small gain. What decides how far a step goes?",
    ],
    "The loss falls at every epoch, nearly on a straight line, and hasn't flattened out at the end. It goes the "
    "right way in steps that are a hundred times shorter than they could be.",
    {
        "dead ReLUs": "nothing would fall at all: a neuron that gives 0 for every digit has the slope 0 and stays "
        "as it is. This loss falls at every epoch.",
        "rate too high": "the curve would jump. This one is the smoothest of all.",
        "labels shuffled": "validation couldn't get better. Here it keeps pace with training.",
    },
)
patient_3 = _patient(
    3,
    "dead ReLUs",
    [
        "Look at the ten bars below each digit. Does it matter to this network which digit it sees?",
        "Something between the pixels and the output lets nothing through. What does the first layer do with a sum "
        "of −10?",
    ],
    "Every sum in the first layer is far below 0, so ReLU gives 0 for each neuron and each digit. The output sees "
    "the same hundred zeros whatever it's shown, and as ReLU's slope is 0 there, no gradient gets through to change "
    "that.",
    {
        "rate too low": "the loss would fall a little at each epoch. This one doesn't move, and all digits get "
        "exactly the same bars, which a slow network's digits don't.",
        "rate too high": "the loss would jump before it settles. This one stands at 2.30 from the first epoch on.",
        "labels shuffled": "the answers would differ from digit to digit, and the training loss would fall a little "
        "as wrong labels are memorized. Here all digits get the same bars.",
        "pixels not divided": "the first loss would be very large. This one is 2.30 from the start.",
    },
)
patient_4 = _patient(
    4,
    "pixels not divided",
    [
        "An untrained network's loss is about 2.30. How large is the first loss of this one, at the upper edge?",
        "What are the largest numbers that go into this network, and into the healthy ones?",
    ],
    "Pixels from 0 to 255 make each sum 255 times as large, and each gradient likewise. The first steps are far too "
    "long, which shows in the first loss, and then nearly all ReLUs are dead.",
    {
        "dead ReLUs": "you describe how it ended: nearly all of its neurons are dead by now. But the first loss "
        "wouldn't be so large if they had been dead from the start. What killed them?",
        "rate too high": "you are close, since the steps are too long. But 0.1 is the rate that suits the healthy "
        "network. What else makes a step long?",
        "rate too low": "the loss would fall a little at each epoch, and it wouldn't begin so high.",
        "logarithm of 0": "the loss would be NaN in the end. This one is large at first, and 2.30 later.",
    },
)
patient_5 = _patient(
    5,
    "no softmax",
    [
        "Read what stands below the bars. What should ten probabilities add up to?",
        "Compare the last layer of this network with that of the others.",
    ],
    "The loss expects ten probabilities and gets ten plain sums. Keras divides them by their total and cuts off "
    "what lies outside of 0 to 1; where a number is cut off, the gradient is 0, so the network can't find its way "
    "out.",
    {
        "dead ReLUs": "the loss would stand at 2.30, what guessing costs. This one stands far above.",
        "rate too high": "the loss would jump. This one stands still, and its outputs can't be probabilities.",
        "pixels not divided": "the loss would be large at first, and 2.30 later. This one stays large, and its "
        "outputs can't be probabilities.",
        "logarithm of 0": "the loss would be NaN. Keras keeps its own loss from that.",
    },
)
patient_6 = _patient(
    6,
    "labels shuffled",
    [
        "What this network learns from its training set is of no use on other digits. What could be wrong with that "
        "set?",
        "Follow `order` through the code. What is rearranged by it, and what isn't?",
    ],
    "The images were put in another order and their labels weren't, so hardly any label belongs to its image. The "
    "network can only memorize which label it was told, and that helps with no other digit.",
    {
        "memorizing": "you are right that it memorizes. But a network that memorizes 200 digits with their right "
        "labels still reads most others. This one reads no more of them than a guess would. Why does nothing carry "
        "over?",
        "rate too low": "validation would get better along with training. Here its loss rises.",
        "dead ReLUs": "all digits would get exactly the same bars, and the training loss wouldn't fall. Here it does.",
        "rate too high": "the curves would jump. These are smooth, but those of validation go the wrong way.",
    },
)
patient_7 = _patient(
    7,
    "memorizing",
    [
        "Compare the two curves of accuracy with each other. Which digits does this network read well?",
        "How many digits was it shown?",
    ],
    "It reads all its training digits and misses many of the others. Two hundred digits can be memorized one by "
    "one, so nothing forces this network to find what all sevens have in common.",
    {
        "labels shuffled": "validation would stay at guessing. This network reads most of the other digits.",
        "test digits leaked": "validation would be as good as training. Here it stays far behind.",
        "rate too high": "the training curve would jump, too. This one goes up to where nothing is left to learn.",
        "rate too low": "training would be far from its end. It's done: nothing is left to learn from these digits.",
    },
)
patient_8 = _patient(
    8,
    "test digits leaked",
    [
        "In which of the other patients does the dashed curve lie on the solid one, this near to perfection?",
        "Write down the rows that the network is trained on, and those that it's tested on.",
    ],
    "Rows 4,000 to 5,000 are in both sets. The network is tested on digits that it was trained on, so this accuracy "
    "is that of its memory, and tells nothing about new digits.",
    {
        "memorizing": "validation would stay far behind. Here both curves lie on each other, which looks too good: "
        "a network that memorized its digits reads only those so well.",
        "rate too high": "the curves would jump. These look like the best of all. That is what should worry you.",
        "labels shuffled": "the other digits would be read no better than by guessing.",
    },
)
patient_9 = _patient(
    9,
    "logarithm of 0",
    [
        "It learns well until it ends, and then there is no number at all. Which operation in the code can give none?",
        "A probability can be so small that the computer keeps 0 for it. Follow that 0 through `own_loss`.",
    ],
    "When a probability becomes too small for the computer's numbers, 0 is kept. Its logarithm is minus infinity, "
    "and 0 times infinity is NaN. One NaN in the loss makes the whole gradient NaN, and with it all weights.",
    {
        "rate too high": "the loss would jump, and it would still be a number with Keras's own loss. A high rate "
        "does make the outputs extreme sooner, so you're close; which line can't bear an extreme output?",
        "pixels not divided": "the very first loss would be strange. This network learns well for some epochs.",
        "dead ReLUs": "the loss would be 2.30, a number. This one is none.",
        "no softmax": "the ten outputs wouldn't have added up to 1 from the start. This one learned well at first.",
    },
)
