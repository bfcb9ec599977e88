"""Bounces as mail systems write them, made up here: the shapes are theirs, the words are ours."""

import base64
from collections.abc import Sequence
from email.header import Header

from fakes.relays import address

NOTICE = (
    f"From: notices@organisation.test\r\nTo: {address(0)}\r\nSubject: Your data\r\n"
    "Message-ID: <made-up@organisation.test>\r\n\r\n"
    "Dear reader, 550 5.1.1 is the number of a form.\r\n"
)


def _crlf(text: str) -> bytes:
    return text.replace("\r\n", "\n").replace("\n", "\r\n").encode()


def _report(
    head: str, words: str, groups: Sequence[str], *, kind: str = "delivery-status", end: str = ""
) -> bytes:
    """Return a multipart/report: words, fields, and the header of the notice (RFC 6522)."""
    reporting = (
        "Reporting-MTA: dns; mx.provider.test\nArrival-Date: Mon, 5 Jan 2026 08:00:00 +0000\n"
    )
    fields = "\n".join([reporting, *(group + "\n" for group in groups)])
    return _crlf(
        f"{head}MIME-Version: 1.0\n"
        f'Content-Type: multipart/report; report-type=delivery-status;\n boundary="=_b/1"\n\n'
        f"This is a message in MIME format.\n\n--=_b/1\n"
        f"Content-Description: Notification\nContent-Type: text/plain; charset=utf-8\n\n{words}\n"
        f"--=_b/1\nContent-Type: message/{kind}\n\n{fields}\n"
        f"--=_b/1\nContent-Type: message/rfc822\n\n{NOTICE}\n--=_b/1--\n{end}"
    )


def fields(action: str, status: str, diagnostic: str = "", *, recipient: str = address(0)) -> str:
    """Return the fields of one recipient (RFC 3464 section 2.3)."""
    lines = [f"Final-Recipient: rfc822; {recipient}", f"Action: {action}", f"Status: {status}"]
    return "\n".join([*lines, *([f"Diagnostic-Code: {diagnostic}"] if diagnostic else [])])


def postfix(
    action: str = "failed", status: str = "5.1.1", diagnostic: str = "smtp; 550 5.1.1 unknown"
) -> bytes:
    head = (
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.provider.test (Mail Delivery System)\n"
        "Subject: Undelivered Mail Returned to Sender\nAuto-Submitted: auto-replied\n"
    )
    words = f"<{address(0)}>: host mx.provider.test said: refused (in reply to RCPT TO command)"
    return _report(head, words, [fields(action, status, diagnostic)])


def several(*groups: str) -> bytes:
    """Return one report about several recipients, as an alias makes them."""
    return _report("From: MAILER-DAEMON@mx.provider.test\n", "See below.", groups)


def exchange(status: str = "5.1.10") -> bytes:
    """Return a report whose words are nested alternatives, with folded diagnostics."""
    head = "From: postmaster@tenant.test\nSubject: Undeliverable: Your data\n"
    folded = (
        f"smtp;550 {status}\n RESOLVER.ADR.RecipientNotFound; Recipient not found by\n SMTP lookup"
    )
    nested = (
        'x\n--=_b/1\nContent-Type: multipart/alternative; boundary="in"\n\n'
        "--in\nContent-Type: text/plain\n\nYour message could not be delivered.\n"
        "--in\nContent-Type: text/html\n\n<p>Your message could not be delivered.</p>\n--in--\n"
    )
    return _report(head, nested, [fields("failed", status, folded)])


def gmail() -> bytes:
    """Return a report that calls itself a reply, names the failed and gives no clear status."""
    head = (
        "From: Mail Delivery Subsystem <mailer-daemon@googlemail.test>\n"
        f"Auto-Submitted: auto-replied\nX-Failed-Recipients: {address(0)}\n"
        "Subject: Delivery Status Notification (Failure)\n"
    )
    said = "smtp; 552-5.2.2 The recipient's inbox is out of storage space."
    return _report(head, "** Address not found **", [fields("failed", "5.0.0", said)])


def international() -> bytes:
    """Return a report of RFC 6533: fields in UTF-8."""
    said = fields("failed", "5.1.1", "smtp; 550 没有此用户", recipient="用户@例子.test")
    return _report("From: mailer-daemon@例子.test\n", "退信", [said], kind="global-delivery-status")


def exim(*, delayed: bool = False) -> bytes:
    """Return Exim's words of old, in one text; a warning names no failed recipient."""
    named = "" if delayed else f"X-Failed-Recipients: {address(0)}\n"
    middle = (
        "A message that you sent has not yet been delivered to one or more of its\n"
        "recipients after more than 24 hours on the queue.\n"
        f"  {address(0)}\n    SMTP error from remote mail server: 451 4.7.1 greylisted\n"
        "No action is required on your part."
        if delayed
        else "A message that you sent could not be delivered to one or more of its\n"
        f"recipients. This is a permanent error.\n\n  {address(0)}\n"
        "    SMTP error from remote mail server after RCPT TO: 550 No such user here"
    )
    return _crlf(
        f"{named}Auto-Submitted: auto-replied\nFrom: Mail Delivery System <Mailer-Daemon@mx.test>\n"
        f"Subject: Mail delivery {'delayed' if delayed else 'failed: returning message'}\n\n"
        f"This message was created automatically by mail delivery software.\n\n{middle}\n\n"
        f"------ This is a copy of the message. ------\n\n{NOTICE}"
    )


def qmail(said: str = "Sorry, no mailbox here by that name. (#5.1.1)") -> bytes:
    return _crlf(
        "From: MAILER-DAEMON@mail.test\nSubject: failure notice\n\n"
        "Hi. This is the qmail-send program at mail.test.\n"
        "I'm afraid I wasn't able to deliver your message to the following addresses.\n"
        f"This is a permanent error; I've given up. Sorry it didn't work out.\n\n<{address(0)}>:\n"
        f"{said}\n\n--- Below this line is a copy of the message.\n\n{NOTICE}"
    )


def in_chinese(said: str = "550 User not found", *, charset: str = "gb18030") -> bytes:
    """Return a bounce in words and HTML, as large Chinese providers write them."""
    page = (
        "<html><head><style>p { line: 550 }</style></head><body><p>抱歉，您的邮件被退回来了。</p>"
        f"<table><tr><td>收件人</td><td>{address(0)}</td></tr>"
        f"<tr><td>退信原因</td><td>host mx.provider.test said: {said}</td></tr></table>"
        "</body></html>"
    )
    body = base64.encodebytes(page.encode(charset)).decode()
    subject = Header("系统退信", charset).encode()
    return _crlf(
        f"From: PostMaster@provider.test\nSubject: {subject}\nMIME-Version: 1.0\n"
        'Content-Type: multipart/mixed; boundary="----=_Part"\n\n------=_Part\n'
        f'Content-Type: text/html; charset="{charset}"\nContent-Transfer-Encoding: base64\n\n'
        f"{body}\n"
        f"------=_Part\nContent-Type: message/rfc822\n\n{NOTICE}\n------=_Part--\n"
    )


def vacation() -> bytes:
    return _crlf(
        f"From: {address(0)}\nAuto-Submitted: auto-replied (vacation)\nSubject: Away: Your data\n\n"
        "I am away. My old mailbox was disabled: 550 5.1.1 user unknown, permanent error.\n"
    )


def display_receipt() -> bytes:
    """Return a disposition notification (RFC 8098): somebody's program showed the notice."""
    return _crlf(
        f"From: {address(0)}\nMIME-Version: 1.0\n"
        "Content-Type: multipart/report; report-type=disposition-notification; boundary=m\n\n"
        "--m\n\nShown.\n--m\nContent-Type: message/disposition-notification\n\n"
        "Disposition: manual-action/MDN-sent-manually; displayed\n--m--\n"
    )


def human_reply() -> bytes:
    return _crlf(
        f"From: A Person <{address(0)}>\nSubject: Re: Your data\n\n"
        "Thank you. My other mail could not be delivered: 550 5.1.1 user unknown. Why?\n"
    )
