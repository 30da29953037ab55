"""``python -m ephys``, where the command is not on the path."""

from ephys.cli import main

if __name__ == "__main__":
    main()
