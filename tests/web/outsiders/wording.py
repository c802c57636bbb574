"""Words for patients: shipped and own wordings, their versions, and the languages they are in."""

from tests.web.outsider_cases import Case, record, roles, staff

CASES: dict[str, Case] = {
    "wording.index": staff(),
    "wording.page": staff(key="reply.ride"),
    "wording.check": staff(key="reply.ride", language="en", data={"body": "Hello"}),
    "wording.update": roles(
        "lea", key="reply.ride", language="en", data={"body": "We can help with a ride there."}
    ),
    "wording.delete": roles("lea", key="own_wording", language="en"),
    "wording_preview.people": staff(key="reply.ride"),
    "wording_preview.read_as": record(
        patient_id="patient", key="reply.ride", data={"words_en": "Hello", "words_es": "Hola"}
    ),
    "wording_languages.page": staff(),
    "wording_languages.add": roles("lea", data={"language": "vi"}),
    "wording_languages.list_words": roles("lea", tag="added_language", data={"words": "azúcar"}),
    "wording_languages.remove": roles("lea", tag="added_language"),
    "wording_versions.new": roles("lea"),
    "wording_versions.create": roles("lea", data={"title": "Card", "body": "Bring your card."}),
    "wording_versions.approve": record(version_id="draft", insider="lea", outsiders=("cara",)),
    "wording_versions.send_back": record(
        version_id="draft", insider="lea", outsiders=("cara",), data={"reason": "Too short"}
    ),
    "wording_versions.discard": record(version_id="draft", insider="lea", outsiders=("cara",)),
    "wording_versions.use_again": record(
        version_id="older_wording", insider="lea", outsiders=("cara",)
    ),
}
