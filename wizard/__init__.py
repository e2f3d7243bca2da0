"""An onboarding wizard: a few questions, then the right way to deploy, with reasons."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("deployment-wizard")
except PackageNotFoundError:  # run from a checkout that was never installed
    __version__ = "0"
