"""Pages behind a link. What a link of another referral, office or practice shows is tried in
tests/web/partner."""

from tests.web.outsider_cases import public

CASES = {
    "partner.page": public("needs a link's secret; shows the practice's name and a button"),
    "partner.create_visit": public("needs a link's secret"),
    "partner_referral.home": public("needs a link's secret, opened in this browser"),
    "partner_referral.page": public("needs a link's secret, opened in this browser"),
    "partner_referral.create_opening": public("needs a link's secret, opened in this browser"),
    "partner_referral.create_acknowledgement": public("needs a link's secret, opened here"),
}
