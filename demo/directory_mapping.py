"""How the directory of made-up people is to be read."""

from types import MappingProxyType

from tocsin.demo.names import OWN_DOMAIN

DIRECTORY_MAPPING = MappingProxyType(
    {
        "table": "people",
        "key": "id",
        "email": "email",
        "phone": "mobile",
        "app_push": "app",
        "postal": "address",
        "postal_country": "post_country",
        "residence": "country",
        "locale": "locale",
        "birth_date": "birth_date",
        "cancelled": "status",
        "cancelled_values": ["closed"],
        "guardian_key": "guardian_id",
        "own_mailbox_domains": [OWN_DOMAIN],
        "agreed": {"email": "agreed"},
        "columns": {
            name: name for name in ("system", "signed_up", "newsletter", "country", "status")
        },
        "holds": {
            "email_address": "has_profile",
            "username": "has_profile",
            "name": "has_profile",
            "postal_address": "has_profile",
            "usage_purchase_history": "has_profile",
            "device_ids_ip": "has_profile",
            "phone_number": "phone",
            "date_of_birth": "birth_date",
            "password_plaintext": "has_password",
            "password_weak_hash": "has_password",
            "password_strong_hash": "has_password",
            "payment_card_partial": "has_card",
            "payment_card_full": "has_card",
            "bank_account": "has_profile",
            "medical": "has_profile",
            "insurance_policy": "has_profile",
        },
    }
)
"""How this directory is to be read; the fields of `DirectoryMapping`."""
