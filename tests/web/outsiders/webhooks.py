"""The carriers' webhooks: without the carrier's signature nobody is let in."""

from tests.web.outsider_cases import carrier

ANY_ID = "01900000-0000-7000-8000-000000000000"

CASES = {
    "twilio.create_message": carrier(),
    "twilio.create_status": carrier(message_id=ANY_ID),
}
