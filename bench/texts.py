"""`python -m bench.texts N`: queues N texts to the stage's patients, each in a transaction of its own."""

import sys
from itertools import cycle, islice

from sqlalchemy import select, update

from app.actions.messages import Draft, queue
from app.core.clock import db_now
from app.core.db import db, enter_practice, transaction
from app.core.ids import new_id
from app.factory import create_app
from app.models.event import SYSTEM
from app.models.patient import Patient
from app.models.practice import Line
from messaging.gate import Purpose


def main(n: int) -> None:
    with create_app().app_context():
        with transaction():
            db.session.execute(update(Line).values(segments_per_second=1_000_000))
        known = db.session.execute(
            select(Patient.practice_id, Patient.id).order_by(Patient.mrn)
        ).all()
        for practice_id, patient_id in islice(cycle(known), n):
            enter_practice(practice_id)
            with transaction():
                patient = db.session.get_one(Patient, (practice_id, patient_id))
                queue(
                    Draft(
                        practice_id=practice_id,
                        patient=patient,
                        channel="sms",
                        body="Hello from your care team.",
                        purpose=Purpose.STAFF_REPLY,
                        send_key=f"bench:{new_id()}",
                    ),
                    by=SYSTEM,
                    at=db_now(),
                )
            db.session.expunge_all()


if __name__ == "__main__":
    main(int(sys.argv[1]))
