"""What codes of ours and of the vendors mean, in words for a person: why somebody got no message, or why a
campaign stands still, and what to do about it.

Sentences are message ids. A code that is not here is shown as it is, beside the vendor's own words.
"""

from __future__ import annotations

from embedded_server.contract.words import mark

#: Why one person was left out or got no message.
PERSON: dict[str, str] = {
    "no_address": mark("No number for this channel"),
    "opted_out": mark("Opted out"),
    "first_messages_spent": mark(
        "Waits until tomorrow: this number has written to as many new people today as is safe"
    ),
    "first_messages_barred": mark(
        "Waits: WhatsApp does not let this number write to new people for a time. Conversations go on."
    ),
    "not_on_whatsapp": mark("This number has no WhatsApp"),
    "463": mark("WhatsApp does not let this number write to new people for a time"),
    "missing_variable": mark("A variable of the message has no value"),
    "too_long": mark("The message is too long for them"),
    "empty": mark("The message would be empty for them"),
    "duplicate": mark("Same number as another contact"),
    "no_word_from_provider": mark("The operator never confirmed whether it was delivered"),
    "unsendable": mark("This message cannot be sent to this number"),
    "refused": mark("The operator refused it"),
    "failed": mark("The operator could not deliver it"),
    "unknown": mark("No reason was given"),
    # Meta
    "131000": mark("Meta could not deliver it"),
    "131008": mark("A value the template needs is missing"),
    "131009": mark("A value in the message is not valid"),
    "131021": mark("The number is the one you send from"),
    "131026": mark("This number cannot receive it on WhatsApp"),
    "131030": mark("The number is not on the list of test numbers"),
    "131047": mark("More than 24 hours since they last wrote: only a template can be sent"),
    "131049": mark("WhatsApp held it back so as not to tire this person"),
    "131050": mark("They asked WhatsApp not to get marketing from you"),
    "131051": mark("WhatsApp does not take this kind of message"),
    "131052": mark("The file could not be fetched"),
    "131053": mark("The file could not be sent"),
    "131056": mark("Too many messages to this person in a short time"),
    "130403": mark("This number cannot receive it on WhatsApp"),
    "130429": mark("The number sent faster than Meta allows"),
    "130472": mark("Meta left this person out as part of a test of theirs"),
    "130497": mark("Meta does not allow messages to this country"),
    "131062": mark("This number cannot receive it on WhatsApp"),
    "132000": mark("The number of values does not fit the template"),
    "132005": mark("The text with its values is too long"),
    "132012": mark("A value does not fit the template"),
    "132018": mark("A value does not fit the template"),
    "135000": mark("Meta could not read the message"),
    "100": mark("Meta could not read the message"),
    # Twilio
    "21211": mark("The number is not valid"),
    "21216": mark("This number may not be written to"),
    "21408": mark("Your Twilio account may not write to this country"),
    "21602": mark("The message has no text"),
    "21608": mark("A trial account only writes to numbers verified at Twilio"),
    "21610": mark("Opted out"),
    "21612": mark("There is no route to this number"),
    "21614": mark("The number is not a mobile phone"),
    "21617": mark("The text is too long"),
    "21635": mark("The number is a landline"),
    "30001": mark("Twilio's queue was full"),
    "30003": mark("The phone is off or out of reach"),
    "30004": mark("The phone's operator blocked it"),
    "30005": mark("The number does not exist"),
    "30006": mark("The number is a landline or cannot be reached"),
    "30007": mark("The phone's operator took it for spam"),
    "30008": mark("The phone's operator could not deliver it"),
    "30410": mark("The phone's operator did not answer in time"),
    "30610": mark("It is night where this person lives"),
}

#: Why a campaign that sends lets people wait, by the code of ``LedgerOut.held``; ``until`` is its moment.
HELD: dict[str, str] = {
    "first_messages_spent": mark(
        "New people wait until {until} ({count}): this number wrote to as many of them today as is safe."
    ),
    "first_messages_barred": mark(
        "New people wait until {until} ({count}): WhatsApp does not let this number write to them. "
        "Conversations go on."
    ),
}

#: Why a campaign stands still, and what to do. What these lack is said with :data:`PERSON`'s words.
STANDSTILL: dict[str, str] = {
    "start_missed": mark("This computer was off or asleep when it should have started. Nothing was sent."),
    "nobody_to_write_to": mark("Nobody could be written to. Make a copy and change the audience."),
    "account": mark("The connection's keys cannot be read. Open Connections and enter them again."),
    "refused": mark("The operator refused the number. Open Connections to see why, then resume."),
    "content_refused": mark("The operator refused the content. Make a copy and change the message."),
    # Meta
    "0": mark("Meta no longer accepts the token. Enter a new one in Connections, then resume."),
    "190": mark("Meta's token expired. Enter a new one in Connections, then resume."),
    "3": mark("The token lacks a permission at Meta. Put it right in Meta's console, then resume."),
    "10": mark("The token lacks a permission at Meta. Put it right in Meta's console, then resume."),
    "200": mark("The token lacks a permission at Meta. Put it right in Meta's console, then resume."),
    "131005": mark("The token lacks a permission at Meta. Put it right in Meta's console, then resume."),
    "33": mark("Meta does not know this number any more. Check it in Connections."),
    "803": mark("Meta does not know this number any more. Check it in Connections."),
    "368": mark("Meta blocked the account for breaking its policy. See the account's quality page at Meta."),
    "131031": mark("Meta locked the account. See the account's quality page at Meta."),
    "131037": mark("The number's display name is not approved yet. Wait for Meta's approval, then resume."),
    "131042": mark("Meta could not charge you. Put the payment right in Meta's console, then resume."),
    "134011": mark("Meta could not charge you. Put the payment right in Meta's console, then resume."),
    "131045": mark("The number is not registered at Meta. Register it in Connections, then resume."),
    "133010": mark("The number is not registered at Meta. Register it in Connections, then resume."),
    "133016": mark("The number was registered too often. Meta takes it again in 72 hours."),
    "131048": mark("Too many people marked messages as spam. Wait, and write only to people who expect you."),
    "131064": mark("Meta found templates in the wrong category. Put them right, then resume."),
    "132001": mark("Meta does not know this template in this language. Make a copy and choose another."),
    "132015": mark("Meta paused this template because of its quality. Make a copy and choose another."),
    "132016": mark("Meta disabled this template for good. Make a copy and choose another."),
    "132068": mark("The template's flow is blocked. Put it right at Meta, then resume."),
    "132069": mark("The template's flow is slowed down by Meta. Wait, then resume."),
    # Twilio
    "20003": mark("Twilio does not accept the keys. Enter them again in Connections, then resume."),
    "20404": mark("Twilio does not know the account. Check it in Connections."),
    "57012": mark("Twilio does not accept the keys. Enter them again in Connections, then resume."),
    "21212": mark("The number you send from is not valid at Twilio. Check it in Connections."),
    "21603": mark("The number you send from is missing. Check it in Connections."),
    "21606": mark("The number you send from cannot send SMS. Choose another in Connections."),
    "30002": mark("Twilio suspended the account. See Twilio's console, then resume."),
    "30007": mark("Operators took the message for spam. Make a copy and change the text."),
    "30034": mark("The number is not registered for this traffic. Register it at Twilio, then resume."),
    "30450": mark("Twilio blocked the number as suspected fraud. See Twilio's console."),
}
