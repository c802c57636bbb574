"""How an installation ends early: one sentence about what is wrong and what to do, never a traceback."""


class Stop(Exception):
    """Nothing more is done; the text is for the person at the keyboard."""


def say(text: str) -> None:
    print(text, flush=True)
