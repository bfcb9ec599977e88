"""Whether a mailbox is an organisation's own: where its drafts may go before they are approved."""

from tocsin.rules.lanes import MAILBOX_PROVIDERS
from tocsin.schemas.organisation import Organisation


def is_own_mailbox(email: str, organisation: Organisation) -> bool:
    """Whether an address is under the domain of the organisation's site or of its sender.

    A sender at a provider of mailboxes for everybody owns nothing there but the one mailbox.
    """
    sender = organisation.sender_email.lower()
    domain = email.rpartition("@")[2].lower()
    owned = [organisation.site.lower()]
    if (theirs := sender.rpartition("@")[2]) not in MAILBOX_PROVIDERS:
        owned.append(theirs)
    under = any(domain == name or domain.endswith(f".{name}") for name in owned)
    return under or email.lower() == sender
