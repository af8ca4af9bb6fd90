"""What the exports of other systems say of consent: nobody who left, bounced or complained there is sent to here."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ConfigError
from pipeline.subscribers.imports.columns.consent_values import normalize_name
from pipeline.subscribers.imports.files.csv_reader import open_csv
from pipeline.subscribers.imports.rows.import_row import ImportRow


class Export(NamedTuple):
    """
    An export: its header, and its rows, each with the state expected.

    The first word of a row is the state; `{}` in it is an address.
    """

    system: str
    header: str
    rows: tuple[tuple[str, str], ...]


#: Headers as the systems write them; the people are ours.
EXPORTS = (
    Export(
        "Mailchimp, subscribed",
        "Email Address,First Name,Last Name,Address,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,"
        "LATITUDE,LONGITUDE,GMTOFF,DSTOFF,TIMEZONE,CC,REGION,LAST_CHANGED,LEID,EUID,NOTES,TAGS",
        (
            (
                "confirmed",
                "{},Ola,Berg,Quay 3 Skerrow,2,,,2020-05-06 07:08:09,203.0.113.9,60.1,5.2,1,2,Europe/Oslo,no,vl,"
                "2021-01-01 00:00:00,1,aa,,",
            ),
        ),
    ),
    Export(
        "Mailchimp, unsubscribed",
        "Email Address,First Name,Last Name,OPTIN_TIME,UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,UNSUB_CAMPAIGN_ID,"
        "UNSUB_REASON,UNSUB_REASON_OTHER,LEID",
        (
            (
                "unsubscribed",
                "{},Ola,Berg,2020-05-06 07:08:09,2022-01-02 03:04:05,June,abc,NORMAL,,7",
            ),
        ),
    ),
    Export(
        "Mailchimp, cleaned",
        "Email Address,First Name,OPTIN_TIME,CLEAN_TIME,CLEAN_CAMPAIGN_TITLE,CLEAN_CAMPAIGN_ID,LEID",
        (("suppressed", "{},Ola,2020-05-06 07:08:09,2022-01-02 03:04:05,June,abc,7"),),
    ),
    Export(
        "Substack",
        "email,active_subscription,expiry,plan,email_disabled,created_at,first_payment_at",
        (
            ("confirmed", "{},false,,other,false,2021-03-02T09:12:44.000Z,"),
            ("unsubscribed", "{},true,2027-01-01,yearly,true,2021-03-02T09:12:44.000Z,2021-04-01"),
        ),
    ),
    Export(
        "Ghost",
        "id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,deleted_at,labels",
        (
            ("confirmed", "1,{},Ola,,TRUE,false,,2023-01-01T00:00:00.000Z,,VIP"),
            ("unsubscribed", "2,{},Ola,,FALSE,false,,2023-01-01T00:00:00.000Z,,"),
            ("unsubscribed", "3,{},Ola,,true,false,,2023-01-01T00:00:00.000Z,2024-05-01,"),
        ),
    ),
    Export(
        "Buttondown",
        "email_address,notes,type,creation_date,unsubscription_date,unsubscription_reason,undeliverability_date,"
        "undeliverability_reason,source,ip_address,tags",
        (
            ("confirmed", "{},,regular,2022-02-02,,,,,api,203.0.113.5,press"),
            ("confirmed", "{},,premium,2022-02-02,,,,,api,,"),
            ("unconfirmed", "{},,unactivated,2022-02-02,,,,,api,,"),
            ("unsubscribed", "{},,unsubscribed,2022-02-02,2023-03-03,too much,,,api,,"),
            ("suppressed", "{},,undeliverable,2022-02-02,,,2023-03-03,hard bounce,api,,"),
        ),
    ),
    Export(
        "beehiiv",
        "email,status,created,subscription_tier,utm_source,unsubscribed_at",
        (
            ("confirmed", "{},active,2023-04-05 08:00:00 UTC,free,,"),
            ("unsubscribed", "{},inactive,2023-04-05 08:00:00 UTC,free,,2023-06-01 08:00:00 UTC"),
            ("unconfirmed", "{},validating,2023-04-05 08:00:00 UTC,free,,"),
            ("suppressed", "{},invalid,2023-04-05 08:00:00 UTC,free,,"),
        ),
    ),
    Export(
        "Kit",
        "id,first_name,email_address,state,created_at,tags",
        (
            ("confirmed", "1,Ola,{},active,2023-04-05T08:00:00Z,x"),
            ("unsubscribed", "2,Ola,{},cancelled,2023-04-05T08:00:00Z,x"),
            ("unsubscribed", "3,Ola,{},inactive,2023-04-05T08:00:00Z,x"),
            ("suppressed", "4,Ola,{},bounced,2023-04-05T08:00:00Z,x"),
            ("suppressed", "5,Ola,{},complained,2023-04-05T08:00:00Z,x"),
        ),
    ),
    Export(
        "MailerLite",
        "Subscriber,Sent,Opens,Clicks,Subscribed,Location,Signup IP,Opt-in IP,Confirmation date,Unsubscribed,"
        "Email status",
        (
            (
                "confirmed",
                "{},12,3,1,2023-01-02 10:00:00,Skerrow,203.0.113.7,203.0.113.7,2023-01-02 10:05:00,,Active",
            ),
            ("unsubscribed", "{},12,3,1,2023-01-02 10:00:00,,,,,2024-01-02 10:00:00,Unsubscribed"),
            ("suppressed", "{},12,3,1,2023-01-02 10:00:00,,,,,,Junk"),
        ),
    ),
    Export(
        "Brevo",
        "CONTACT ID,EMAIL,FIRSTNAME,LASTNAME,SMS,OPT_IN,EMAIL_BLACKLISTED,SMS_BLACKLISTED,ADDED_TIME",
        (
            ("confirmed", "1,{},Ola,Berg,,Yes,No,Yes,02-11-2023 10:00:00"),
            ("suppressed", "2,{},Ola,Berg,,Yes,Yes,No,25-11-2023 10:00:00"),
            ("unsubscribed", "3,{},Ola,Berg,,No,No,No,25-11-2023 10:00:00"),
        ),
    ),
    Export(
        "HubSpot",
        "Record ID,First Name,Email,Unsubscribed from all email,Opted out of email: Weekly,Email hard bounce reason,"
        "Marketing emails bounced,Marketing contact status,Lead Status,State/Region,IP City",
        (
            ("confirmed", "1,Ola,{},,,,2,Marketing contact,OPEN,CA,Oslo"),
            ("confirmed", "2,Ola,{},false,No,,0,Marketing contact,OPEN,CA,"),
            ("unsubscribed", "3,Ola,{},true,,,0,Marketing contact,,CA,"),
            ("unsubscribed", "4,Ola,{},No,Yes,,0,Marketing contact,,CA,"),
            ("suppressed", "5,Ola,{},,,OTHER,0,Marketing contact,,CA,"),
            ("unconfirmed", "6,Ola,{},,,,0,Non-marketing contact,,CA,"),
        ),
    ),
    Export(
        "Action Network",
        "first_name,email,zip_code,can2_state_abbreviated,can2_subscription_status,can2_sms_status,can2_user_tags",
        (
            ("confirmed", "Ola,{},10001,NY,subscribed,unsubscribed,x"),
            ("unsubscribed", "Ola,{},10001,NY,unsubscribed,subscribed,x"),
            ("suppressed", "Ola,{},10001,NY,spam complaint,,x"),
            ("suppressed", "Ola,{},10001,NY,previous bounce,,x"),
        ),
    ),
    Export(
        "NationBuilder",
        "nationbuilder_id,first_name,email,email1,email1_is_bad,email2,email2_is_bad,email_opt_in,do_not_contact,"
        "do_not_call,federal_donotcall,is_deceased,mobile_opt_in,unsubscribed_at,state_file_id,support_level",
        (
            ("confirmed", "1,Ola,{0},{0},false,,true,true,false,true,true,false,false,,9,1"),
            ("suppressed", "2,Ola,{0},{0},true,,false,true,false,false,false,false,true,,9,1"),
            ("suppressed", "3,Ola,{0},{0},false,,false,true,true,false,false,false,true,,9,1"),
            ("suppressed", "4,Ola,{0},{0},false,,false,true,false,false,false,true,true,,9,1"),
            ("unsubscribed", "5,Ola,{0},{0},false,,false,false,false,false,false,false,true,,9,1"),
            ("unsubscribed", "6,Ola,{0},{0},f,,f,t,f,f,f,f,t,2024-01-02T00:00:00Z,9,1"),
        ),
    ),
    Export(
        "Salesforce",
        "Id,FirstName,LastName,Email,HasOptedOutOfEmail,HasOptedOutOfFax,DoNotCall,EmailBouncedReason,"
        "EmailBouncedDate,MailingState,MailingCity",
        (
            ("confirmed", "1,Ola,Berg,{},0,1,1,,,CA,Skerrow"),
            ("unsubscribed", "2,Ola,Berg,{},1,0,0,,,CA,Skerrow"),
            ("suppressed", "3,Ola,Berg,{},0,0,0,smtp; 550 no such user,2024-01-02,CA,Skerrow"),
        ),
    ),
    Export(
        "Shopify",
        "Customer ID,First Name,Email,Accepts Email Marketing,Accepts SMS Marketing,"
        "Default Address Province Code,Phone",
        (
            ("confirmed", "'1,Ola,{},yes,no,CA,'+4722334455"),
            ("unsubscribed", "'2,Ola,{},no,yes,CA,"),
            ("unconfirmed", "'3,Ola,{},,yes,CA,"),
        ),
    ),
    Export(
        "listmonk",
        "uuid,email,name,attributes,status,created_at,updated_at",
        (
            ("confirmed", 'u1,{},Ola,"{{""city"": ""Skerrow""}}",enabled,2023-01-01,2023-01-01'),
            ("unsubscribed", "u2,{},Ola,{{}},disabled,2023-01-01,2023-01-01"),
            ("suppressed", "u3,{},Ola,{{}},blocklisted,2023-01-01,2023-01-01"),
        ),
    ),
    Export(
        "phpList",
        "email,Is this subscriber confirmed,Is this subscriber blacklisted,bounce count,"
        "Send this subscriber HTML emails",
        (
            ("confirmed", "{},1,0,4,0"),
            ("unconfirmed", "{},0,0,0,1"),
            ("suppressed", "{},1,1,0,1"),
        ),
    ),
    Export(
        "MailPoet",
        "Email,First name,List,Global status,Subscribed IP,Created at,List status",
        (
            ("confirmed", "{},Ola,Weekly,Subscribed,203.0.113.4,2023-01-01 10:00:00,Subscribed"),
            ("unconfirmed", "{},Ola,Weekly,Unconfirmed,,2023-01-01 10:00:00,Subscribed"),
            ("unsubscribed", "{},Ola,Weekly,Subscribed,,2023-01-01 10:00:00,Unsubscribed"),
            ("unsubscribed", "{},Ola,Weekly,Inactive,,2023-01-01 10:00:00,Subscribed"),
            ("suppressed", "{},Ola,Weekly,Bounced,,2023-01-01 10:00:00,Subscribed"),
        ),
    ),
    Export(
        "CiviCRM",
        "Contact ID,Email,Do Not Email,Do Not Phone,Do Not Sms,No Bulk Emails (User Opt Out),On Hold,"
        "Is Deceased,State",
        (
            ("confirmed", "1,{},,1,1,,No,,CA"),
            ("suppressed", "2,{},1,,,,No,,CA"),
            ("unsubscribed", "3,{},,,,Yes,No,,CA"),
            ("suppressed", "4,{},,,,,On Hold Bounce,,CA"),
            ("suppressed", "5,{},,,,,No,1,CA"),
        ),
    ),
    Export(
        "Campaign Monitor",
        "Email Address,Name,State,Date,Consent to Track,Unsubscribe reason",
        (
            ("confirmed", "{},Ola,Active,2023-01-01 10:00,Yes,"),
            ("unconfirmed", "{},Ola,Unconfirmed,2023-01-01 10:00,Yes,"),
            ("unsubscribed", "{},Ola,Deleted,2023-01-01 10:00,Yes,"),
            ("suppressed", "{},Ola,Bounced,2023-01-01 10:00,Yes,"),
        ),
    ),
    Export(
        "Constant Contact",
        "Email address,First name,Email status,Email permission status,Confirmed Opt-Out Date,"
        "Confirmed Opt-Out Reason",
        (
            ("confirmed", "{},Ola,Active,Explicit,,"),
            ("unconfirmed", "{},Ola,Active,Awaiting confirmation,,"),
            ("unsubscribed", "{},Ola,Opted Out,Unsubscribed,2024-01-02,"),
            ("suppressed", "{},Ola,Active,Temporary hold,,"),
        ),
    ),
    Export(
        "AWeber",
        "Email,Name,Date Added,IP Address,Latitude,Longitude,Verified,Stop Status,Stop Time",
        (
            ("confirmed", "{},Ola,2023-01-01 10:00,203.0.113.4,60.1,5.2,yes,,"),
            (
                "unsubscribed",
                "{},Ola,2023-01-01 10:00,203.0.113.4,60.1,5.2,yes,unsubscribed,2024-01-02 10:00",
            ),
            ("suppressed", "{},Ola,2023-01-01 10:00,,,,yes,undeliverable,2024-01-02 10:00"),
            ("unconfirmed", "{},Ola,2023-01-01 10:00,,,,no,,"),
        ),
    ),
    Export(
        "Klaviyo",
        "Email,First Name,Email Marketing Consent,Email Marketing Consent Timestamp,Email Suppressions,"
        "SMS Marketing Consent",
        (
            ("confirmed", "{},Ola,SUBSCRIBED,2023-01-01 10:00:00,[],NEVER_SUBSCRIBED"),
            ("unconfirmed", "{},Ola,NEVER_SUBSCRIBED,,[],SUBSCRIBED"),
            ("unsubscribed", "{},Ola,UNSUBSCRIBED,2023-01-01 10:00:00,[],"),
            ("suppressed", "{},Ola,SUBSCRIBED,2023-01-01 10:00:00,HARD_BOUNCE,"),
        ),
    ),
    Export(
        "Wix",
        "Email,First name,Email subscriber status,SMS subscriber status,Deliverability status,Created at",
        (
            ("confirmed", "{},Ola,Subscribed,Never subscribed,Valid,2023-01-01"),
            ("unconfirmed", "{},Ola,Pending,,Valid,2023-01-01"),
            ("unsubscribed", "{},Ola,Unsubscribed,,Valid,2023-01-01"),
            ("suppressed", "{},Ola,Subscribed,,Bounced,2023-01-01"),
        ),
    ),
    Export(
        "Squarespace, WooCommerce",
        "Email,First Name,Subscriber Since,Accepts Marketing,Last Order Status",
        (
            ("confirmed", "{},Ola,2023-01-01,true,shipped"),
            ("unsubscribed", "{},Ola,2023-01-01,false,cancelled"),
        ),
    ),
    Export(
        "EmailOctopus",
        "Email address,Status,Date added,Date unsubscribed",
        (
            ("confirmed", "{},SUBSCRIBED,2023-01-01,"),
            ("unconfirmed", "{},PENDING,2023-01-01,"),
            ("unsubscribed", "{},UNSUBSCRIBED,2023-01-01,2024-01-02"),
        ),
    ),
    Export(
        "Sendy",
        "Name,Email,Last activity,Status",
        (
            ("confirmed", "Ola,{},2023-01-01,Subscribed"),
            ("unconfirmed", "Ola,{},2023-01-01,Unconfirmed"),
            ("suppressed", "Ola,{},2023-01-01,Marked as spam"),
        ),
    ),
    Export(
        "Newsletter for WordPress",
        "email,name,status,created,ip",
        (
            ("confirmed", "{},Ola,C,2023-01-01,"),
            ("unconfirmed", "{},Ola,S,2023-01-01,"),
            ("unsubscribed", "{},Ola,U,2023-01-01,"),
            ("suppressed", "{},Ola,B,2023-01-01,"),
            ("suppressed", "{},Ola,P,2023-01-01,"),
        ),
    ),
    Export(
        "Mailman",
        "email,display_name,delivery_status",
        (
            ("confirmed", "{},Ola,enabled"),
            ("unsubscribed", "{},Ola,by_user"),
            ("suppressed", "{},Ola,by_bounces"),
        ),
    ),
    Export(
        "Patreon",
        "Name,Email,Discord,Patron Status,Last Charge Status,Tier,Patronage Since Date",
        (
            ("confirmed", "Ola,{},,Active patron,Paid,Lamp,2023-01-01"),
            ("confirmed", "Ola,{},,Former patron,Declined,Lamp,2023-01-01"),
        ),
    ),
    Export(
        "a German club",
        "E-Mail;Vorname;Newsletter abonniert;Abgemeldet am;Sperrvermerk;Einwilligung DSGVO",
        (
            ("confirmed", "{};Ola;ja;;nein;ja"),
            ("unsubscribed", "{};Ola;nein;;nein;ja"),
            ("unsubscribed", "{};Ola;ja;01.02.2024;nein;ja"),
            ("suppressed", "{};Ola;ja;;ja;ja"),
            ("unconfirmed", "{};Ola;;;;"),
        ),
    ),
    Export(
        "a French magazine",
        "Courriel;Prénom;Inscrit à la lettre;Date de désinscription;Statut",
        (
            ("confirmed", "{};Ola;oui;;Inscrit"),
            ("unsubscribed", "{};Ola;non;;Inscrit"),
            ("unsubscribed", "{};Ola;oui;2024-01-02;Désinscrit"),
        ),
    ),
    Export(
        "a Spanish association",
        "Correo electrónico;Nombre;Acepta publicidad;Fecha de baja;Rebotado",
        (
            ("confirmed", "{};Ola;sí;;no"),
            ("unsubscribed", "{};Ola;no;;no"),
            ("unsubscribed", "{};Ola;sí;2024-01-02;no"),
            ("suppressed", "{};Ola;sí;;sí"),
        ),
    ),
)


def _read_states(path: Path, **options: object) -> list[str]:
    with open_csv(path, **options) as file:  # type: ignore[arg-type]  # depends on the test
        rows = list(file.rows)
    assert [] == [row for row in rows if not isinstance(row, ImportRow)]
    return [
        "suppressed"
        if row.is_suppressed
        else row.state.value
        if row.state
        else "confirmed"  # what an import without a state is
        for row in rows
        if isinstance(row, ImportRow)
    ]


@pytest.mark.parametrize("export", EXPORTS, ids=[each.system for each in EXPORTS])
def test_states_of_an_export(tmp_path: Path, export: Export) -> None:
    """Each row has the state that the other system says, the strongest of its columns."""
    lines = [row.format(f"p{number}@example.org") for number, (_, row) in enumerate(export.rows)]
    path = tmp_path / "people.csv"
    path.write_text("\n".join([export.header, *lines]) + "\n", encoding="utf-8")
    assert [state for state, _ in export.rows] == _read_states(path)


@pytest.mark.parametrize(
    ("heading", "values"),
    [
        ("Wants newsletter", "maybe"),
        ("Email preference consent", "level 3"),
        ("Unsub flag", "7"),
        ("Blocked?", "partly"),
        ("Bounce class", ""),
        ("Contact status", "warm"),
        ("Suppress", "see note"),
        ("Spam?", "perhaps"),
        ("Not opted out", "yes"),
        ("Marketing OK", "ask first"),
        ("Zustimmung zur Zusendung", "mündlich"),
        ("Consentimiento", "quizás"),
        ("Statut abonnement", "bizarre"),
        ("status", "half"),
        ("Remarks", "unsubscribed"),
        ("Zusatz", "abgemeldet"),
        ("Tags", "press; unsubscribed"),
        ("Group", "Désabonné"),
    ],
)
def test_unclear_consent_stops_the_import(tmp_path: Path, heading: str, values: str) -> None:
    """A column that looks like consent and is not understood stops the import; the message says how to go on."""
    path = tmp_path / "people.csv"
    rows = [f"a@example.org,Ada,{values}", "b@example.org,Bo,"]
    path.write_text("\n".join([f"email,name,{heading}", *rows]) + "\n", encoding="utf-8")
    if not values:
        assert ["confirmed", "confirmed"] == _read_states(path)
        return
    with pytest.raises(ConfigError) as caught, open_csv(path):
        pass
    message = str(caught.value)
    assert f'the column "{heading}"' in message
    assert values.split("; ")[-1] in message
    assert f'--column "{heading}=' in message
    assert ["confirmed"] * 2 == _read_states(path, columns={heading: "-"})
    assert ["confirmed"] * 2 == _read_states(path, columns={heading: "their_note"})


def test_what_says_so_in_the_last_row_stops_the_import_too(tmp_path: Path) -> None:
    """Every row is read before the first is imported, whatever stands above and however many values there are."""
    path = tmp_path / "people.csv"
    rows = [f"p{number}@example.org,note {number}" for number in range(4_100)]
    rows[-1] = "p@example.org,press; unsubscribed"
    path.write_text("\n".join(["email,Remarks", *rows]) + "\n", encoding="utf-8")

    with pytest.raises(ConfigError, match=': "unsubscribed"'), open_csv(path):
        pass


@given(st.text(st.characters(codec="ascii")))
def test_names_are_normalized_alike_with_and_without_accents(text: str) -> None:
    """An accent, which is removed, changes nothing."""
    assert normalize_name(text + "x") == normalize_name(text + "x\u0301")


@pytest.mark.parametrize(
    "heading",
    [
        *(
            "Marital status",
            "Order status",
            "State",
            "Unsubscribe link",
            "subscription_id",
            "Phone opt-in",
        ),
        *("Consent source", "Newsletter format", "Confirmation URL", "Bounce rate", "Spam score"),
        *(
            "Emails received",
            "Mailing city",
            "Subscriber ID",
            "Do not call",
            "Donor status",
            "Left-handed",
        ),
    ],
)
def test_other_columns_are_attributes(tmp_path: Path, heading: str) -> None:
    """Statuses of other things, links, numbers and other channels say nothing about emails."""
    path = tmp_path / "people.csv"
    path.write_text(f"email,city,{heading}\na@example.org,Skerrow,XY\n", encoding="utf-8")
    with open_csv(path) as file:
        (row,) = file.rows
    assert isinstance(row, ImportRow)
    assert (None, False, "XY") == (row.state, row.is_suppressed, list(row.attributes.values())[-1])


def test_all_problems_of_a_file_are_reported_at_once(tmp_path: Path) -> None:
    """One message names every column that is not clear, and never advises to drop the better column."""
    path = tmp_path / "people.csv"
    path.write_text(
        "Email,E-Mail,Domain,Consent form,Wants mail,Status\n"
        "a@example.org,b@example.org,x,x,sometimes,odd\n",
        encoding="utf-8",
    )
    with pytest.raises(ConfigError) as caught, open_csv(path, columns={"Gone": "email2"}):
        pass
    lines = str(caught.value).splitlines()
    assert [True] * 5 == [
        any(text in line for line in lines)
        for text in (
            'no column "Gone"',
            '"Email", "E-Mail"',
            '"Domain"',
            '"Wants mail"',
            '"Status"',
        )
    ]
    assert "Email=-" not in str(caught.value)


def test_name_of_the_file_counts(tmp_path: Path) -> None:
    """A file called after people who left is not imported as subscribers, unless a column says who left."""
    content = "email,name\na@example.org,Ada\n"
    for name in ("cleaned_members.csv", "nonsubscribed_export.csv", "2024 Bounces.csv"):
        (tmp_path / name).write_text(content, encoding="utf-8")
        with pytest.raises(ConfigError, match="--suppress"), open_csv(tmp_path / name):
            pass
        with open_csv(tmp_path / name, is_suppression=True) as file:
            assert 1 == len(list(file.rows))
    (tmp_path / "subscribed_members.csv").write_text(content, encoding="utf-8")
    assert ["confirmed"] == _read_states(tmp_path / "subscribed_members.csv")


def test_positions_are_ignored_by_default(tmp_path: Path) -> None:
    """IP addresses, positions and what was guessed by them are not stored; the report says so."""
    path = tmp_path / "people.csv"
    path.write_text(
        "email,Signup IP,Latitude,TIMEZONE,CC,city\n"
        "a@example.org,203.0.113.4,60.1,Europe/Oslo,no,Skerrow\n",
        encoding="utf-8",
    )
    with open_csv(path) as file:
        (row,) = file.rows
        headings = [c.heading for c in file.columns if c.meaning.value == "position"]
    assert isinstance(row, ImportRow)
    assert ({"city": "Skerrow"}, None) == (row.attributes, row.zone)
    assert ["Signup IP", "Latitude", "TIMEZONE", "CC"] == headings
    with open_csv(path, columns={"Signup IP": "ip", "TIMEZONE": "zone"}) as file:
        (row,) = file.rows
    assert isinstance(row, ImportRow)
    assert ("203.0.113.4", "Europe/Oslo") == (row.attributes["ip"], row.zone)
