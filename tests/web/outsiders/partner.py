"""Pages behind a link. What a link of another referral, office or practice shows is tried in
tests/web/partner."""

from tests.web.outsider_cases import public

CASES = {
    "partner_day_list.page": public("needs a link's secret, opened in this browser"),
    "partner_day_list.create_full": public("needs a link's secret, opened in this browser"),
    "partner_day_list.create_room": public("needs a link's secret, opened in this browser"),
    "partner_ask.page": public("needs a link's secret, opened in this browser"),
    "partner_ask.create_answer": public("needs a link's secret, opened in this browser"),
    "partner_ask.renew": public("needs a link's secret, opened in this browser"),
    "partner.page": public("needs a link's secret; shows the practice's name and a button"),
    "partner.create_visit": public("needs a link's secret"),
    "partner_renewal.extend": public("needs a link's secret, opened in this browser"),
    "partner_fresh.create": public("needs a link's secret; writes to the address on record only"),
    "partner_intake.page": public("needs a link's secret; a form that shows nobody"),
    "partner_intake.create": public("needs a link's secret; what is written waits for staff"),
    "partner_code.page": public("asks for a code; shows the practice's name"),
    "partner_code.find": public("leads to where a code leads"),
    "partner_code.show": public("shows the names of the practice and of a code's office"),
    "partner_code.create": public("opens a form that shows nobody"),
    "partner_office.page": public("needs a link's secret, opened in this browser"),
    "partner_referral.create_question": public("needs a link's secret, opened in this browser"),
    "partner_referral.home": public("needs a link's secret, opened in this browser"),
    "partner_referral.page": public("needs a link's secret, opened in this browser"),
    "partner_referral.notes": public("needs a link's secret, opened in this browser"),
    "partner_referral.create_opening": public("needs a link's secret, opened in this browser"),
    "partner_referral.create_acknowledgement": public("needs a link's secret, opened here"),
}
