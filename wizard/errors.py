"""The one root of every error that the wizard raises on purpose."""


class WizardError(Exception):
    """Something that an operator or a visitor can put right; its text says what and how."""
