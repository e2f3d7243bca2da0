"""The base class of the wizard's own errors."""


class WizardError(Exception):
    """An error that an operator or a visitor can correct; its message says how."""
