"""`python -m bench`: runs every measurement, prints the ratios, exits 1 when a goal is missed and 2 when
the machine was too noisy to say."""

import argparse
import sys

from bench import webhook
from bench.side_by_side import TooNoisy


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--repetitions", type=int, default=7, help="A-B pairs (at least 5)")
    parser.add_argument("--requests", type=int, default=1200, help="requests per turn")
    parser.add_argument(
        "--database", choices=("postgres", "sqlite"), action="append", help="default: both"
    )
    wanted = parser.parse_args()
    if wanted.repetitions < 5:
        parser.error("fewer than 5 repetitions say nothing")
    try:
        return webhook.run(
            wanted.database or ["postgres", "sqlite"],
            repetitions=wanted.repetitions,
            requests=wanted.requests,
        )
    except TooNoisy as error:
        print(f"too noisy: {error}")
        return 2


if __name__ == "__main__":
    sys.exit(main())
