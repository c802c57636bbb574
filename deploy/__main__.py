"""`python -m deploy install | upgrade | compose`; make's variables come by environment."""

import os
import sys

from deploy import compose, install, signals, upgrade
from deploy.stop import Stop

VERBS = {"compose": compose.run, "install": install.run, "upgrade": upgrade.run}


def main() -> int:
    os.umask(0o022)
    signals.heed()
    try:
        VERBS[sys.argv[1]](os.environ)
    except Stop as error:
        print(f"{sys.argv[1]}: {error}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, EOFError):
        print(f"\n{sys.argv[1]}: stopped. Run it again to go on.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
