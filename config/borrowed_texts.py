"""Texts of Django and of packages that our pages and mails show, and whose own German is missing, wrong or says “du”.

A text that is listed here is found in our catalogue first. Nothing imports this module: makemessages reads it.
"""

from django.utils.translation import gettext, npgettext, pgettext

# humanize says “3 Tage her” where a sentence such as “angemeldet vor 3 Tagen” needs other words.
NATURAL_TIME = (
    gettext("%(delta)s ago"),
    gettext("%(delta)s from now"),
    npgettext("naturaltime-past", "%(num)d year", "%(num)d years", 1),
    npgettext("naturaltime-past", "%(num)d month", "%(num)d months", 1),
    npgettext("naturaltime-past", "%(num)d week", "%(num)d weeks", 1),
    npgettext("naturaltime-past", "%(num)d day", "%(num)d days", 1),
    npgettext("naturaltime-past", "%(num)d hour", "%(num)d hours", 1),
    npgettext("naturaltime-past", "%(num)d minute", "%(num)d minutes", 1),
    npgettext("naturaltime-future", "%(num)d year", "%(num)d years", 1),
    npgettext("naturaltime-future", "%(num)d month", "%(num)d months", 1),
    npgettext("naturaltime-future", "%(num)d week", "%(num)d weeks", 1),
    npgettext("naturaltime-future", "%(num)d day", "%(num)d days", 1),
    npgettext("naturaltime-future", "%(num)d hour", "%(num)d hours", 1),
    npgettext("naturaltime-future", "%(num)d minute", "%(num)d minutes", 1),
)

ALLAUTH_FORMS = (
    gettext("Authenticator code"),
    gettext("Be patient, you are sending too many requests."),
    gettext(
        "Enabling passwordless operation allows you to sign in using just this key, but imposes additional requirements such as "
        "biometrics or PIN protection."
    ),
    gettext("Invalid or expired key."),
    gettext("Master key"),
    gettext("Backup key"),
    gettext("Key nr. {number}"),
    gettext("New Password (again)"),
    gettext("Passwordless"),
    gettext("Please select only one."),
    gettext("Please type your current password."),
    gettext("The email address and/or password you specified are not correct."),
    gettext("The new value must be different from the current one."),
    gettext("The password reset token was invalid."),
    gettext("Too many failed login attempts. Try again later."),
    gettext("Use a security key"),
    gettext("Use authenticator app or code"),
    gettext("Use your password"),
    gettext("You cannot add more than %d email addresses."),
    gettext("You cannot remove your primary email address."),
    gettext("You must type the same password each time."),
    gettext("Your primary email address must be verified."),
)

ALLAUTH_MESSAGES = (
    gettext("Confirmation email sent to %(email)s."),
    gettext("Password successfully changed."),
    gettext("Password successfully set."),
    gettext("Primary email address set."),
    gettext("Removed email address %(email)s."),
    gettext("Signed out of all other sessions."),
    gettext("Successfully signed in as %(name)s."),
    gettext("Unable to confirm %(email)s because it is already confirmed by a different account."),
    gettext("You cannot remove your primary email address (%(email)s)."),
    gettext("You have confirmed %(email)s."),
    gettext("You have signed out."),
    gettext("A new set of recovery codes has been generated."),
)

ALLAUTH_PAGES = (gettext("Set Password"),)

ALLAUTH_MAILS = (
    gettext(
        "You are receiving this email because you or someone else tried to signup for an\naccount using email address:\n\n"
        "%(email)s\n\nHowever, an account using that email address already exists.  In case you have\nforgotten about this, "
        "please use the password forgotten procedure to recover\nyour account:\n\n%(password_reset_url)s"
    ),
    gettext(
        "You are receiving this mail because the following change was made to your account:",
    ),
    gettext(
        "If you do not recognize this change then please take proper security precautions immediately. The change to your "
        "account originates from:\n\n- IP address: %(ip)s\n- Browser: %(user_agent)s\n- Date: %(timestamp)s"
    ),
    gettext(
        "You are receiving this email because you, or someone else, tried to access an account with email %(email)s. However, "
        "we do not have any record of such an account in our database."
    ),
    gettext("This mail can be safely ignored if you did not initiate this action."),
    gettext("If it was you, you can sign up for an account using the link below."),
    gettext("Email Changed"),
    gettext("Email Confirmation"),
    gettext("Email Removed"),
    gettext("Email address %(deleted_email)s has been removed from your account."),
    gettext("Your email has been changed from %(from_email)s to %(to_email)s."),
    gettext("Your email has been confirmed."),
    gettext("Your password has been changed."),
    gettext("A new set of Two-Factor Authentication recovery codes has been generated."),
)

TASKS = (
    gettext("Task Result"),
    gettext("Task Results"),
    gettext("enqueued at"),
    gettext("started at"),
    gettext("finished at"),
    gettext("args kwargs"),
    gettext("priority"),
    gettext("task path"),
    gettext("worker id"),
    gettext("queue name"),
    gettext("backend name"),
    gettext("run after"),
    gettext("return value"),
    gettext("exception class path"),
    gettext("traceback"),
    pgettext("Task", "Ready"),
    pgettext("Task", "Running"),
    pgettext("Task", "Failed"),
    pgettext("Task", "Successful"),
)
