"""Assemble what sends the messages of the public service."""

from __future__ import annotations

from pipeline.events import EventStore
from pipeline.preferences.confirmations import ConfirmationStore
from pipeline.project import Project
from pipeline.project.signups import create_signup_store, read_open_lists
from pipeline.web.public.mailing.confirmation_mailer import ConfirmationMailer
from pipeline.web.public.mailing.notice_sender import NoticeSender
from pipeline.web.public.mailing.signup_mailer import SignupMailer
from pipeline.web.public.mailing.welcome_mailer import WelcomeMailer
from pipeline.web.public.page_writer import create_page_writer


def open_mailers(
    project: Project, ledger: EventStore
) -> tuple[ConfirmationMailer, SignupMailer, WelcomeMailer]:
    """Return what sends confirmations, the messages of sign-ups, and welcome issues."""
    writer = create_page_writer(project)
    sender = NoticeSender(project, ledger.store, writer=writer)
    confirmations = ConfirmationStore(ledger, clock=project.clock)
    store = create_signup_store(project, ledger)
    signups = SignupMailer(
        store,
        sender,
        writer=writer,
        lists=read_open_lists(project.config),
        clock=project.clock,
    )
    issues = {
        name: project.root / table.welcome
        for name, table in project.config.lists.items()
        if table.welcome
    }
    welcomes = WelcomeMailer(project, store, issues=issues)
    return ConfirmationMailer(confirmations, sender, writer=writer), signups, welcomes
