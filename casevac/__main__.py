"""The roof's door: `casevac` and `python -m casevac`."""

from casevac.roof.cli import main

if __name__ == "__main__":
    main()
