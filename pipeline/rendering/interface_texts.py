"""Handbill's own interface text in English, with a name for each text by which catalogs translate it."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.markup import escape_html
from pipeline.rendering.locales import isolate_html, isolate_text


@dataclass(frozen=True, kw_only=True, slots=True)
class Translations:
    """
    The interface texts of one email, of the public pages (`page_…`) and of the messages that these send (`message_…`).

    The renderer fills in `{…}`.

    Args:
        alphabet: The characters that number the back links of a note.
        labelled: How a label and its text are joined in the text part.
        untranslated: The names of the texts that have no translation and stay English.
        direction: Of the email, `ltr` or `rtl`.
    """

    notes: str = "Notes"
    note: str = "Note {number}"
    back_to: str = "Back to reference {reference}"
    alphabet: str = "abcdefghijklmnopqrstuvwxyz"
    read_online: str = "Read online"
    notes_online: str = "Read the notes online"
    continue_online: str = "Continue reading online"
    image: str = "Image"
    labelled: str = "{label}: {text}"
    give_once: str = "Give once"
    give_monthly: str = "Give every month"
    give_once_amount: str = "Give {amount} once"
    give_monthly_amount: str = "Give {amount} every month"
    other_amount: str = "Choose another amount"
    appeal: str = "Support us"
    monthly_amount: str = "{amount} a month"
    donate: str = "Donate"
    until_date: str = "Until {date} ({zone})"
    until_time: str = "Until {date}, {time} ({zone})"
    city_time: str = "{city} time"
    match_example: str = "{amount} becomes {total}."
    goal_progress: str = "{raised} of {goal} raised"
    goal_exceeded: str = "{raised} raised, more than our goal of {goal}"
    immediate_charge: str = (
        "If {processor} has saved your payment details, tapping an amount donates it immediately."
    )
    immediate_charge_unnamed: str = (
        "If your payment details are saved, tapping an amount donates it immediately."
    )
    subscription_reason: str = (
        "You're receiving this email because you signed up for {publication}."
    )
    sent_to: str = "Sent to {address}."
    unsubscribe: str = "Unsubscribe"
    preferences: str = "Preferences"
    past_issues: str = "Past issues"
    forwarded: str = "Forwarded this email?"
    subscribe: str = "Subscribe"
    replies_welcome: str = "Reply to this email: it reaches us."
    page_question: str = "Unsubscribe from {newsletter}?"
    page_sent_to: str = "It is sent to {address}."
    page_forwarded: str = (
        "Not your address? Then somebody forwarded this newsletter to you; there is nothing to do."
    )
    page_leave_list: str = "Unsubscribe from {newsletter}"
    page_leave_all: str = "Unsubscribe from everything"
    page_left_list: str = "You have unsubscribed from {newsletter}"
    page_left_all: str = "You have unsubscribed from everything"
    page_left_detail: str = (
        "This takes effect at once for {address}. An issue already on its way may still arrive."
    )
    page_way_back: str = (
        "Was it not you, or have you changed your mind? You can undo it until {date}."
    )
    page_undo: str = "That was not me. Subscribe me again"
    page_back: str = "You are subscribed again"
    page_back_detail: str = "{newsletter} goes to {address} as before."
    page_test: str = "This was a test"
    page_test_detail: str = "This link is from a test message or a preview. Nothing has changed."
    page_unknown: str = "Nobody receives email through this link any more"
    page_unknown_detail: str = (
        "If you still receive our newsletter, use the link in the latest issue."
    )
    page_not_understood: str = "Nothing has changed"
    page_not_understood_detail: str = (
        "Open the link in the newsletter, then press a button on the page."
    )
    page_busy: str = "One moment, please"
    page_busy_detail: str = "Too many requests came from your network. Try again in a minute."
    page_error: str = "Something went wrong"
    page_error_detail: str = "Nothing has changed. Try again in a few minutes."
    page_contact: str = "Questions? Write to {address}."
    page_archive: str = "All issues"
    page_archive_empty: str = "Nothing has been published yet."
    page_newer: str = "Newer issue"
    page_older: str = "Older issue"
    page_corrected: str = "Corrected on {date}."
    page_search: str = "Search"
    page_search_label: str = "Search all issues"
    page_search_none: str = "Nothing found for “{query}”."
    page_fewer: str = "Fewer emails"
    page_other_address: str = "Another address"
    page_signup_title: str = "Subscribe to {newsletter}"
    page_signup_all: str = "Our newsletters"
    page_signup_more: str = "Our other newsletters"
    page_signup_address: str = "Your email address"
    page_signup_button: str = "Subscribe"
    page_signup_promise: str = (
        "First we send you one email to confirm your address. We do not track what you open, and "
        "you can unsubscribe at any time."
    )
    page_signup_trap: str = "Leave this empty"
    page_signup_again: str = "Please check your address, then press the button once more."
    page_signup_invalid: str = "This is not an email address. Please check it."
    page_signup_role: str = (
        "{address} belongs to a team or a program. Please use an address of your own."
    )
    page_signup_typo: str = "Did you mean {address}? Please check it, then press the button again."
    page_signup_sent: str = (
        "A message is on its way to {address}, unless it got one from us today. Press the button "
        "in it, and you are subscribed."
    )
    page_signup_busy: str = "Please try again later"
    page_signup_busy_detail: str = (
        "Very many people are signing up at the moment. Try again in an hour, or write to us."
    )
    page_signup_question: str = "Subscribe to {newsletter}?"
    page_signup_yes: str = "Yes, subscribe me"
    page_signup_no: str = "No thanks"
    page_signup_done: str = "You are subscribed"
    page_signup_done_detail: str = "{newsletter} goes to {address} from now on."
    page_signup_declined: str = "You are not subscribed"
    page_signup_declined_detail: str = (
        "This form sends nothing more to {address}. If you change your mind, press the button."
    )
    page_signup_expired: str = "Please sign up again."
    page_list_free: str = "You do not receive it."
    page_preferences: str = "Your preferences"
    page_preferences_for: str = "They are for {address}."
    page_saved: str = "Your change is saved."
    page_lists: str = "Newsletters"
    page_list_on: str = "You receive it."
    page_list_left: str = "You have unsubscribed."
    page_list_none: str = "You receive none of our newsletters."
    page_join_list: str = "Subscribe to {newsletter} again"
    page_pause_title: str = "Pause"
    page_pause_detail: str = "You get no email until the day you choose. You stay subscribed."
    page_pause_until: str = "No email until"
    page_pause: str = "Pause"
    page_paused: str = "You get no email until {date}."
    page_resume: str = "End the pause"
    page_pause_range: str = "Choose a day from {first} to {last}."
    page_address_detail: str = (
        "We send a message to the new address. Nothing changes until you confirm it there."
    )
    page_new_address: str = "New email address"
    page_change_address: str = "Change the address"
    page_address_invalid: str = "This is not an email address. Nothing has changed."
    page_check_mail: str = "Look into your inbox"
    page_address_requested: str = (
        "A message is on its way to {address}. Once you press the button in it, "
        "our newsletters go there."
    )
    page_nothing_arrives: str = (
        "Nothing there after an hour? Look into the spam folder, or write to us."
    )
    page_data: str = "Your data"
    page_data_detail: str = (
        "We send a link to your address. It shows everything we have stored about you, and there "
        "you can have it erased."
    )
    page_request_data: str = "Send me the link"
    page_data_requested: str = "A link is on its way to {address}. It works for three days."
    page_too_often: str = "You have asked several times today. Try again tomorrow."
    page_cannot_write: str = "We do not send email to this address any more, so please write to us."
    page_confirm_address: str = "Send our newsletters to {address}?"
    page_confirm_address_detail: str = "Until now they go to {address}."
    page_confirm: str = "Yes, change the address"
    page_address_changed: str = "The address is changed"
    page_address_changed_detail: str = "Our newsletters go to {address} from now on."
    page_address_unchanged: str = "The address could not be changed"
    page_address_unchanged_detail: str = "Nothing has changed. Please write to us."
    page_expired: str = "This link works no longer"
    page_expired_detail: str = "Ask for a new one with the link “Preferences” in our latest issue."
    page_data_intro: str = "This is everything that {publication} has stored about you."
    page_download: str = "Download it as a file"
    page_data_address: str = "Address"
    page_data_former: str = "Earlier addresses"
    page_data_name: str = "Name"
    page_data_language: str = "Language"
    page_data_zone: str = "Time zone"
    page_data_left: str = "Unsubscribed from"
    page_data_tags: str = "Tags"
    page_data_consent: str = "Consent"
    page_data_since: str = "Stored since"
    page_data_suppressed: str = "Never written to"
    page_data_sent: str = "What we sent you"
    page_data_gifts: str = "What you gave"
    page_data_events: str = "What happened"
    page_nothing: str = "Nothing"
    page_sent_yes: str = "sent"
    page_sent_no: str = "not sent"
    page_event_delivered: str = "Arrived"
    page_event_bounced: str = "Came back"
    page_event_complained: str = "Reported as spam"
    page_event_unsubscribed: str = "Unsubscribed"
    page_event_subscribed: str = "Subscribed"
    page_event_resubscribed: str = "Subscribed again"
    page_event_unsuppressed: str = "May be written to again"
    page_event_paused: str = "Paused"
    page_event_resumed: str = "Pause ended"
    page_event_readdressed: str = "Address changed"
    page_event_replied: str = "Reply"
    page_event_auto_replied: str = "Automatic reply"
    page_erase: str = "Erase everything about me"
    page_erase_detail: str = (
        "You get no more email, and we keep nothing but a code that nobody can read, so that we "
        "never write to you again. This cannot be undone."
    )
    page_erase_question: str = "Erase everything?"
    page_erase_confirm: str = "Yes, erase everything"
    page_erased: str = "Everything about you is erased"
    page_erased_detail: str = "We do not write to you again."
    message_address_subject: str = "Confirm your new address"
    message_address_detail: str = (
        "You asked us to send {publication} to this address. Press the button to confirm it."
    )
    message_address_button: str = "Confirm the address"
    message_ignore: str = "Was it not you? Then do nothing, and nothing changes."
    message_data_subject: str = "Your data at {publication}"
    message_data_detail: str = (
        "This link shows everything we have stored about you. It works for three days."
    )
    message_data_button: str = "Show my data"
    message_moved_subject: str = "Your address was changed"
    message_moved_detail: str = (
        "{publication} goes to another address from now on, because you asked for it. Was it not "
        "you? Then take it back within 30 days."
    )
    message_moved_button: str = "Use this address again"
    message_signup_subject: str = "Confirm your subscription to {newsletter}"
    message_signup_detail: str = (
        "Somebody asked us to send {newsletter} to this address. Was it you? Then press the "
        "button, and you are subscribed."
    )
    message_signup_button: str = "Yes, subscribe me"
    message_signup_ignore: str = (
        "Was it not you? Then do nothing, and you are not subscribed. Or say no, and this form "
        "does not write to you again."
    )
    message_signup_no: str = "No thanks"
    message_known_subject: str = "You are our subscriber already"
    message_known_detail: str = (
        "Somebody, probably you, entered this address to subscribe to {newsletter}. You are our "
        "subscriber already. On your page you see what you receive, and can change it."
    )
    message_known_button: str = "Open my page"
    message_reason: str = (
        "You get this one message because somebody entered this address at {publication}."
    )
    untranslated: frozenset[str] = frozenset()
    direction: str = "ltr"

    def format_html(self, name: str, **values: str) -> str:
        """Return the text *name* as HTML with its values isolated, marked as English if it is not translated."""
        is_english = name in self.untranslated
        direction = "ltr" if is_english else self.direction
        isolated = {key: isolate_html(value, direction) for key, value in values.items()}
        html = escape_html(getattr(self, name)).format(**isolated)
        return f'<span lang="en" dir="ltr">{html}</span>' if is_english else html

    def format_text(self, name: str, **values: str) -> str:
        """Return the text *name* as plain text with its values isolated."""
        direction = "ltr" if name in self.untranslated else self.direction
        isolated = {key: isolate_text(value, direction) for key, value in values.items()}
        text: str = getattr(self, name).format(**isolated)
        return text

    def add_label(self, name: str, text: str) -> str:
        """Return *text* with the label *name*; not isolated, because the characters would become part of a URL."""
        return self.labelled.format(label=getattr(self, name), text=text)


#: What is used where no catalog has a translation.
ENGLISH = Translations()
