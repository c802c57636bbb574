"""T3.1 against a second reading of the published logic: random patients at the edges of the year, judged
here by brute force over texts of one zone, where the order of texts is the order of time."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.value.fhir_bundle import read_bundle
from app.value.referral_loop import closing_referral_loop, read_value_sets
from tests.value.referral_bundles import SETS, bundle, concept, procedure, referral, report, visit

pytestmark = pytest.mark.pure
VALUE_SETS = read_value_sets(SETS)
DAYS = ("2025-12-31", "2026-01-01", "2026-01-02", "2026-06-06", "2026-10-31", "2026-11-01",
        "2026-12-30", "2026-12-31", "2027-01-01")  # fmt: skip
TIMES = [
    f"{day}T{time}Z"
    for day, time in product(DAYS, ("00:00:00.000", "08:00:00.000", "23:59:59.999"))
]
time = st.sampled_from(TIMES)
perhaps = st.one_of(time, time, st.none())
codes = {
    name: st.sampled_from([listed[0]] * 3 + ["http://example.org|other"])
    for name, listed in SETS.items()
}
number = st.integers(1, 3).map("r{}".format)

visits = st.fixed_dictionaries({
    "status": st.sampled_from(["finished", "finished", "planned"]), "code": codes["visit"],
    "start": perhaps, "end": perhaps,
})  # fmt: skip
procedures = st.fixed_dictionaries({
    "status": st.sampled_from(["completed", "completed", "stopped"]), "code": codes["intervention"],
    "start": time, "end": st.one_of(st.none(), st.none(), time),
})  # fmt: skip
referrals = st.fixed_dictionaries({
    "id": number, "status": st.sampled_from(["active", "completed", "draft"]),
    "intent": st.sampled_from(["order", "order", "plan"]), "code": codes["referral"], "on": perhaps,
})  # fmt: skip
tasks = st.fixed_dictionaries({
    "status": st.sampled_from(["completed", "completed", "failed"]), "code": codes["consultant_report"],
    "of": st.lists(number, max_size=2), "end": perhaps,
})  # fmt: skip
Facts = dict[str, Any]


def oracle(
    seen: list[Facts], done: list[Facts], asked: list[Facts], told: list[Facts]
) -> tuple[bool, bool]:
    """(initial population, numerator)."""

    def inside(text: str | None, last: str = "2026-12-31") -> bool:
        return text is not None and "2026-01-01" <= text[:10] <= last

    visited = [v for v in seen if v["status"] == "finished" and v["code"] == SETS["visit"][0]
               and inside(v["start"]) and inside(v["end"]) and v["start"] <= v["end"]]  # fmt: skip
    treated = [p for p in done if p["status"] == "completed" and p["code"] == SETS["intervention"][0]
               and inside(p["start"]) and inside(p["end"] or p["start"])
               and p["start"] <= (p["end"] or p["start"])]  # fmt: skip
    orders = [r for r in asked if r["status"] != "draft" and r["intent"] == "order"
              and r["code"] == SETS["referral"][0] and inside(r["on"], "2026-10-31")]  # fmt: skip
    if not (visited or treated) or not orders:
        return False, False
    first = min(orders, key=lambda r: r["on"])
    reports = [t for t in told if t["status"] == "completed" and t["code"] == SETS["consultant_report"][0]
               and first["id"] in t["of"] and inside(t["end"]) and t["end"] > first["on"]]  # fmt: skip
    return True, bool(reports)


def performed(facts: Facts) -> Facts:
    if facts["end"] is None:
        return {"performedDateTime": facts["start"]}
    return {"performedPeriod": {"start": facts["start"], "end": facts["end"]}}


@settings(max_examples=400)
@given(st.lists(visits, max_size=2), st.lists(procedures, max_size=2),
       st.lists(referrals, max_size=3, unique_by=lambda r: r["id"]), st.lists(tasks, max_size=4),
       st.randoms(use_true_random=False))  # fmt: skip
def test_t3_1_it_agrees_with_a_second_reading(
    seen: list[Facts], done: list[Facts], asked: list[Facts], told: list[Facts], shuffler: Any
) -> None:
    rest = [
        visit(v["start"], v["end"], status=v["status"], type=[concept(v["code"])]) for v in seen
    ]
    rest += [procedure(status=p["status"], code=concept(p["code"]), **performed(p)) for p in done]
    rest += [
        report(end=t["end"], status=t["status"], code=concept(t["code"]),
               basedOn=[{"reference": f"ServiceRequest/{of}"} for of in t["of"]]) for t in told
    ]  # fmt: skip
    shuffler.shuffle(rest)
    orders = [referral(r["id"], r["on"], status=r["status"], intent=r["intent"], code=concept(r["code"]))
              for r in asked]  # fmt: skip
    found = closing_referral_loop(read_bundle(bundle(*rest, *orders)), 2026, VALUE_SETS)
    assert (found.initial_population, found.numerator) == oracle(seen, done, asked, told)
