"""The plumbing behind `sources`: what the four files hold, and how they get here."""
