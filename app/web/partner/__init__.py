"""Pages for people outside who hold a link and have no account: referring offices and community
organizations. In English, light, and each shows the one thing its link was made for."""

from flask import Flask

from app.web.partner import ask, day_list, door, form_code, intake, office, referral, renewal

MODULES = (door, renewal, referral, office, intake, form_code, ask, day_list)


def register(app: Flask) -> None:
    for module in MODULES:
        module.register(app)
