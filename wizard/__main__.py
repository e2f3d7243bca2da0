"""`python -m wizard`, the same as the `wizard` command."""

from wizard.cli import main

if __name__ == "__main__":
    main()
