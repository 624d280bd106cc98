"""`python -m stackglass` is the `stackglass` command."""

from stackglass.cli import main

if __name__ == "__main__":
    main()
