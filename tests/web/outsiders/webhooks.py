"""The carriers' webhooks: a well-formed request without the carrier's signature is let in nowhere."""

from tests.web.outsider_cases import Case
from tests.world import LINE

ANY_ID = "01900000-0000-7000-8000-000000000000"
UNSIGNED = {"AccountSid": "AC" + "0" * 31 + "1", "To": LINE, "From": "+15035550101", "Body": "1"}

CASES = {
    "twilio.create_message": Case("carrier", data=UNSIGNED),
    "voice.create": Case("carrier", data=UNSIGNED),
    "voice.create_end": Case("carrier", {"call_id": ANY_ID}, data=UNSIGNED),
    "twilio.create_status": Case("carrier", {"message_id": ANY_ID}, data=UNSIGNED),
}
