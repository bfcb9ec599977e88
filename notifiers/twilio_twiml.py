"""What Twilio is to do on the telephone, in TwiML: say, take one key, end.

Sources: Twilio's "TwiML Voice" pages of `<Say>` (with SSML), `<Gather>`, `<Pause>` and `<Hangup>`.
"""

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from tocsin.notifiers.call_script import CallScript
from tocsin.notifiers.twilio_voices import Voice

LONGEST = 4000
"""Characters that `Twiml` may have in a request (Twilio's "Call resource")."""
HANG_UP = '<?xml version="1.0" encoding="UTF-8"?><Response><Hangup/></Response>'
_KEY_WAIT_S = 6
_TIMES_SPOKEN = 2


def for_human(script: CallScript, voice: Voice, *, keys_url: str, times: int) -> str:
    """Return the call for whoever picks up: the script with one key at any moment.

    It is said `times` over when no key is pressed. The reference is spelled wherever it stands, and
    once more at the end until it was said twice.
    """
    said = _said(script.say, script.reference, voice)
    missing = _TIMES_SPOKEN - sum(each.count(script.reference) for each in script.say)
    spelled = _say(_spelled(script.reference), voice) * max(missing, 0)
    gather = (
        f'<Gather input="dtmf" numDigits="1" finishOnKey="" timeout="{_KEY_WAIT_S}" method="POST"'
        f" action={quoteattr(keys_url)}>{said}{spelled}</Gather>"
    )
    return _response(gather * times)


def for_machine(script: CallScript, voice: Voice) -> str:
    """Return the few words for an answering machine, after its tone."""
    return _response('<Pause length="1"/>' + _said(script.voicemail, script.reference, voice))


def _response(verbs: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{verbs}<Hangup/></Response>'


def _said(sentences: Sequence[str], reference: str, voice: Voice) -> str:
    text = " ".join(escape(each) for each in sentences)
    return _say(text.replace(reference, _spelled(reference)), voice)


def _say(ssml: str, voice: Voice) -> str:
    return f'<Say language="{voice.language}" voice="{voice.name}">{ssml}</Say>'


def _spelled(reference: str) -> str:
    """Return a reference character by character, with a breath at its hyphen."""
    halves = (f'<say-as interpret-as="characters">{half}</say-as>' for half in reference.split("-"))
    return '<break time="500ms"/>' + '<break time="500ms"/>'.join(halves)
