"""Run the command as ``python -m web.cli``."""

from web.cli import main

if __name__ == "__main__":
    main()
