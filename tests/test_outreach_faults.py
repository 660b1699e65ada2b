"""Offers on a real server, with a real mail server, when something goes wrong.

Whatever happens: the others get theirs, the record says what happened, nothing is sent
twice, and there is no coupon without a message and no message without a coupon.
"""

from __future__ import annotations

import subprocess
import sys
import threading

import psycopg2
import pytest
from outreach_world import OUTREACH, World, address
from smtp_sink import SmtpSink

from conftest import PATIENCE_SECONDS, ROOT, free_port, wait_until

#: Active coupons, and the outreach whose mail has gone or is in the queue.
PAIRS = """
    SELECT coupon.code, outreach.coupon_code
      FROM (SELECT * FROM loyalty_card WHERE active) AS coupon
 FULL JOIN (SELECT *
              FROM customer_lifecycle_outreach
             WHERE kind = 'offer' AND state = 'sent') AS outreach
        ON outreach.coupon_id = coupon.id
"""


@pytest.fixture
def sink():
    sink = SmtpSink()
    yield sink
    sink.close()


def assert_each_coupon_has_its_message(sql):
    for code, sent in sql(PAIRS):
        assert code == sent, "a coupon without a message, or the other way round"


def kill_with_its_connections(server, sql):
    """End a server as a power cut does, and what it had begun in the database."""
    server.kill()
    sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        f" WHERE datname = '{server.db}' AND pid != pg_backend_pid()"
    )


# --- faults of single customers and of settings ---------------------------------------


def test_faults_of_some_leave_the_others_alone(odoo_server, sql, sink):
    sink.refused = {address("Unknown")}
    world = World(odoo_server, sink.port)
    world.make_rule()
    world.make_customers("Ana", "Broken", "Unknown", "Bert")
    world.send()
    found = world.outreach("reason")
    assert found["Broken"]["state"] == "held"
    assert "division by zero" in found["Broken"]["reason"]
    assert_each_coupon_has_its_message(sql)

    world.send_queue()
    found = world.outreach("reason", "coupon_code")
    assert {name: row["state"] for name, row in found.items()} == {
        "Ana": "sent",
        "Broken": "held",
        "Unknown": "held",
        "Bert": "sent",
    }
    assert found["Unknown"]["reason_code"] == "mail_failed"
    assert "no such user here" in found["Unknown"]["reason"]
    assert sink.recipients() == [address("Ana"), address("Bert")]
    for mail in sink.mails:
        name = mail["Subject"].removeprefix("For ")
        assert found[name]["coupon_code"] in mail.as_string()
    assert_each_coupon_has_its_message(sql)

    # how to go on: correct it and try again
    sink.refused = set()
    world.call(OUTREACH, "action_try_again", [[found["Unknown"]["id"]]])
    world.send()
    world.send_queue()
    assert world.outreach()["Unknown"]["state"] == "sent"
    assert sink.recipients() == sorted(map(address, ("Ana", "Bert", "Unknown")))
    assert_each_coupon_has_its_message(sql)


def test_program_that_cannot_be_used_holds_its_offers_back_only(odoo_server, sql, sink):
    world = World(odoo_server, sink.port)
    archived = world.make_program()
    foreign = world.make_program(company_id=world.create("res.company", name="Other"))
    stages = {"good": "reactivation", "none": "growth", "archived": "retention"}
    stages["foreign"] = "advocacy"
    steps = {name: world.make_rule(stage) for name, stage in stages.items()}
    for name, stage in stages.items():
        world.make_customers(name, stage=stage)
    # after the offers were planned, and past every form
    for name, program in (
        ("none", "NULL"),
        ("archived", archived),
        ("foreign", foreign),
    ):
        sql(
            f"UPDATE ir_act_server SET lifecycle_program_id = {program}"
            f" WHERE id = {steps[name]}"
        )
    sql(f"UPDATE loyalty_program SET active = FALSE WHERE id = {archived}")
    world.send()
    found = world.outreach("reason")
    for name in ("none", "archived", "foreign"):
        assert found[name]["state"] == "held"
        assert "program" in found[name]["reason"].lower()
    assert found["good"]["state"] == "sent"
    assert_each_coupon_has_its_message(sql)


# --- the way of the mails -------------------------------------------------------------


def test_no_mail_server_loses_nothing(odoo_server, sql):
    port = free_port()
    world = World(odoo_server, port)
    world.make_rule()
    world.make_customers("Ana", "Bert")
    world.send()
    world.send_queue()
    found = world.outreach("reason")
    for row in found.values():
        assert (row["state"], row["reason_code"]) == ("held", "mail_failed")
        assert "outgoing mail server" in row["reason"]
    assert sql("SELECT COUNT(*) FROM loyalty_card WHERE active") == [(0,)]

    sink = SmtpSink(port)
    try:
        # both ways of going on: of the outreach, and of Odoo's list of mails
        world.call(OUTREACH, "action_try_again", [[found["Ana"]["id"]]])
        failed = sql(
            "SELECT id FROM mail_mail"
            f" WHERE lifecycle_outreach_id = {found['Bert']['id']}"
        )
        world.call("mail.mail", "action_retry", [[failed[0][0]]])
        world.send()
        world.send_queue()
        world.send_queue()
        assert sink.recipients() == [address("Ana"), address("Bert")]
    finally:
        sink.close()
    assert {row["state"] for row in world.outreach().values()} == {"sent"}
    assert sql("SELECT COUNT(*) FROM loyalty_card WHERE active") == [(2,)]
    assert_each_coupon_has_its_message(sql)


# --- two at once, and killed ----------------------------------------------------------


def test_two_senders_at_once_send_once(odoo_server, database, sql, sink):
    world = World(odoo_server, sink.port)
    world.make_rule()
    names = [f"Customer {number}" for number in range(60)]
    world.make_customers(*names)
    script = (
        "sender = env['customer.lifecycle.sender']\n"
        "for _ in range(30): sender._cron_send(batch_size=5)\n"
    )

    def run():
        return subprocess.Popen(
            [sys.executable, "-m", "odoo", "shell", "-d", database, "--no-http"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    senders = [run(), run()]
    threads = [
        threading.Thread(target=each.communicate, args=(script,)) for each in senders
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    assert [each.returncode for each in senders] == [0, 0]
    world.send_queue()
    assert {row["state"] for row in world.outreach().values()} == {"sent"}
    assert sink.recipients() == sorted(map(address, names))
    assert sql("SELECT COUNT(*) FROM loyalty_card") == [(60,)]
    assert_each_coupon_has_its_message(sql)


def test_killed_between_coupon_and_mail(database, sql, start_server, sink):
    world = World(start_server(database), sink.port)
    world.make_rule()
    names = ("Ana", "Bert", "Carl")
    world.make_customers(*names)
    world.server.stop()

    # whoever wants to write a mail waits, with the coupons made
    blocker = psycopg2.connect(dbname=database)
    blocker.cursor().execute("LOCK TABLE mail_mail IN EXCLUSIVE MODE")
    sql(
        "UPDATE ir_cron SET active = id IN (SELECT res_id FROM ir_model_data WHERE"
        " module = 'customer_lifecycle' AND name = 'ir_cron_send')"
    )
    sql("UPDATE ir_cron SET nextcall = NOW() AT TIME ZONE 'UTC' - INTERVAL '1 day'")
    victim = start_server(database, "--max-cron-threads=1")
    wait_until(lambda: sql(BETWEEN) == [(True,)], "the sender does not get that far")
    kill_with_its_connections(victim, sql)
    blocker.close()
    assert sql("SELECT COUNT(*) FROM loyalty_card") == [(0,)]
    assert sql("SELECT COUNT(*) FROM mail_mail") == [(0,)]
    assert sql("SELECT DISTINCT state FROM customer_lifecycle_outreach") == [
        ("approved",)
    ]

    world = world.again(start_server(database))
    world.send()
    world.send_queue()
    assert {row["state"] for row in world.outreach().values()} == {"sent"}
    assert sink.recipients() == sorted(map(address, names))
    assert sql("SELECT COUNT(*) FROM loyalty_card") == [(3,)]
    assert_each_coupon_has_its_message(sql)


#: A backend has written coupons and waits for the table of mails.
BETWEEN = """
    SELECT COUNT(*) > 0
      FROM pg_locks AS waiting
      JOIN pg_locks AS written USING (pid)
     WHERE waiting.relation = 'mail_mail'::regclass AND NOT waiting.granted
       AND written.relation = 'loyalty_card'::regclass
       AND written.mode = 'RowExclusiveLock' AND written.granted
"""


def test_killed_in_the_mail_queue(database, sql, start_server, sink):
    world = World(start_server(database), sink.port)
    world.make_rule()
    names = ("Ana", "Bert", "Carl", "Dora")
    world.make_customers(*names)
    world.send()
    sink.silent_after = 2
    run = threading.Thread(target=_until_it_breaks, args=(world.send_queue,))
    run.start()
    assert sink.is_silent.wait(PATIENCE_SECONDS)
    kill_with_its_connections(world.server, sql)
    run.join(PATIENCE_SECONDS)
    assert len(sink.mails) == 2

    sink.silent_after = None
    world = world.again(start_server(database))
    world.send()
    world.send_queue()
    assert {row["state"] for row in world.outreach().values()} == {"sent"}
    assert sink.recipients() == sorted(map(address, names))
    assert_each_coupon_has_its_message(sql)


def _until_it_breaks(call):
    try:
        call()
    except OSError:
        pass  # the server was killed
