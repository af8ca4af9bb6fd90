"""
Somebody types other people's addresses, thousands of times: nobody gets more than one message.

`HANDBILL_TEST_BOMB` is the number of posts; 5000 is the big run.
"""

from __future__ import annotations

import logging
import os
from collections import Counter
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from random import Random
from threading import Thread
from urllib.parse import urlencode, urlsplit

import pytest

from pipeline.doctor.check_result import Status
from pipeline.doctor.sign_ups import check_sign_ups
from pipeline.models.address import Address
from pipeline.project.signups import create_signup_store, find_refusal
from pipeline.signup.signup import SignupRequest
from pipeline.signup.signup_limits import SignupAnswer
from pipeline.subscribers.signups import brake_queries
from pipeline.web.public.public_server import PublicServer
from tests.web.public.signup_site import START, open_site

POSTS = int(os.environ.get("HANDBILL_TEST_BOMB", "100"))
VICTIMS, ADDRESSES, NETWORKS = 50, 500, 20


def list_addresses() -> list[str]:
    """Return ten spellings of each victim's address."""
    found = []
    for victim in range(VICTIMS):
        name, domain = f"victim{victim}", f"example{victim % 7}.org"
        found += [f"{name}@{domain}", f"{name.upper()}@{domain.title()}", f"{name}+@{domain}"]
        found += [f"{name}+{tag}@{domain}" for tag in "abcdefg"]
    assert ADDRESSES == len(found)
    return found


def test_no_victim_gets_more_than_one_message(tmp_path: Path) -> None:
    """From 20 networks, with old forms and new ones, in ten spellings of each address."""
    random, addresses = Random(7), list_addresses()
    with open_site(tmp_path) as site:
        got: Counter[str] = Counter()
        statuses: Counter[int] = Counter()
        tokens = {n: site.open_form(ip=f"10.0.{n}.9") for n in range(NETWORKS)}
        for number in range(POSTS):
            site.clock.advance(timedelta(seconds=random.choice((0, 1, 9))))
            network = random.randrange(NETWORKS)
            ip = f"10.0.{network}.{random.randrange(1, 255)}"
            if random.random() < 0.5:
                tokens[network] = site.open_form(ip=ip)
            page = site.client.post(
                "/subscribe/weekly",
                data={"address": random.choice(addresses), "form": tokens[network]},
                environ_base={"REMOTE_ADDR": ip},
            )
            statuses[page.status_code] += 1
            if number % 50 == 49:
                got.update(to.partition("@")[0].partition("+")[0].lower() for to in site.send())
        got.update(to.partition("@")[0].partition("+")[0].lower() for to in site.send())
        logging.getLogger(__name__).info("%d posts: %d messages, %s", POSTS, len(got), statuses)
        assert {1} == set(got.values())
        assert len(got) <= VICTIMS
        assert len(got) > min(POSTS, ADDRESSES) // 25
        assert {200, 400, 429} >= set(statuses)


def test_the_third_message_in_a_month_is_the_last(tmp_path: Path) -> None:
    """One a day at most, and three in thirty days, over all lists and spellings."""
    with open_site(tmp_path) as site:
        sent = []
        for day in range(0, 29, 4):
            list_name = ("weekly", "tides")[day % 8 // 4]
            site.post(f"ada+{day}@example.org", list_name=list_name)
            sent.append(len(site.send()))
            site.clock.set(START + timedelta(days=day + 4))
        assert [1, 1, 1, 0, 0, 0, 0, 0] == sent


def test_two_processes_send_one_message(tmp_path: Path) -> None:
    """They share the database: what one has decided, the other sees."""
    with open_site(tmp_path) as site, site.project.open_events() as other:
        stores = [create_signup_store(site.project, ledger) for ledger in (site.ledger, other)]
        for index, store in enumerate(stores):
            answer = store.request(
                SignupRequest(
                    list_name="weekly",
                    address=Address(email=f"ada+{index}@example.org"),
                    language="en",
                    page="",
                    page_text="Subscribe",
                    client=f"10.0.{index}.1",
                    form=str(index),
                )
            )
            assert SignupAnswer.ACCEPTED is answer
        assert [1, 0] == [store.decide_waiting() for store in stores]
        assert [1, 0] == [len(store.claim_unsent()) for store in reversed(stores)]


def test_the_owner_learns_of_a_brake(tmp_path: Path) -> None:
    """Once an hour in the log; the database keeps since when, how many, and why."""
    with open_site(tmp_path, config="[signup]\nper_hour = 3\n") as site:
        for number in range(5):
            status = 200 if number < 3 else 429
            page = site.post(f"p{number}@e{number}.example", ip=f"10.9.{number}.1", status=status)
        assert "Please try again later" in page
        with site.ledger.store.reading() as connection:
            brake = brake_queries.find_last(connection, START)
        assert brake
        assert ("more than 3 an hour", 2) == (brake.reason, brake.refused)
        refusal = find_refusal(site.project)
        assert refusal
        assert "(2): more than 3 an hour." in refusal
        assert Status.WARN is check_sign_ups(2, refusal).status
        site.clock.advance(timedelta(days=8))
        assert find_refusal(site.project) is None


def test_messages_wait_for_the_rate_limit(tmp_path: Path) -> None:
    """They count against [pacing] like every message; what it does not allow now is sent later, once."""
    with open_site(tmp_path, config="[pacing]\nper_hour = 2\n") as site:
        for number in range(3):
            site.post(f"p{number}@e{number}.example", ip=f"10.8.{number}.1")
        assert [2, 0] == [len(site.send()) for _ in range(2)]
        site.clock.advance(timedelta(hours=1, minutes=2))
        assert ["p2@e2.example"] == list(site.send())


@pytest.mark.parametrize(
    ("proxy", "expected"), [("127.0.0.1", [200] * 3), ("192.0.2.1", [200, 200, 429])]
)
def test_only_the_proxy_tells_the_network(tmp_path: Path, proxy: str, expected: list[int]) -> None:
    """Whoever invents an X-Forwarded-For for each request stays one network."""
    with open_site(tmp_path, config="[signup]\nper_network = 2\n") as site:
        server = PublicServer(site.client.application, port=0, proxy=proxy)
        thread = Thread(target=server.run, daemon=True)
        thread.start()
        found = []
        for number in range(3):
            token = site.open_form(ip="10.0.0.1")
            site.clock.advance(timedelta(seconds=5))
            body = urlencode({"address": f"p{number}@example.org", "form": token})
            connection = HTTPConnection(urlsplit(server.url).netloc)
            headers = {
                "Content-Type": "application/x-www-form-urlencoded",
                "X-Forwarded-For": f"10.{number}.0.1",
            }
            connection.request("POST", "/subscribe/weekly", body, headers)
            found.append(connection.getresponse().status)
            connection.close()
        server.stop()
        thread.join()
    assert expected == found
