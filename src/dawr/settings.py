"""Every setting, read once from the environment."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dawr.kernel.signing import derived_key

ASYMMETRIC_ALGORITHMS = frozenset({"ES256", "ES384", "PS256", "PS384", "RS256", "Ed25519"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """One OpenID Connect provider: where it is, who we are to it, and which claims hold what.

    `algorithms` are the only ones that its tokens may be signed with. `acr_values` are its names for low, substantial
    and high assurance, in this order. `assertion_audience` is for providers that want their token endpoint there.
    """

    issuer: str
    client_id: str
    civil_number_claim: str
    name_claim: str
    latin_name_claim: str
    card_serial_claim: str
    photograph_claim: str
    scope: str
    country: str
    algorithms: tuple[str, ...]
    acr_values: tuple[str, ...]
    assertion_audience: str

    def __post_init__(self) -> None:
        if not self.algorithms or not ASYMMETRIC_ALGORITHMS.issuperset(self.algorithms):
            raise ValueError(f"DAWR_OIDC_ALGORITHMS must be among {' '.join(sorted(ASYMMETRIC_ALGORITHMS))}")
        if len(set(self.acr_values)) != 3:
            raise ValueError("DAWR_OIDC_ACR_VALUES must name low, substantial and high, in this order")


@dataclass(frozen=True, slots=True, kw_only=True)
class Beacon:
    """A chain of public randomness; `is_demonstration` marks the local stand-in that nobody should trust.

    An empty `public_key` means drand's quicknet.
    """

    url: str
    public_key: str
    genesis_seconds: int
    period_seconds: int
    is_demonstration: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an operator may set; `root_secret` is 32 bytes from which every other key is derived.

    `trusted_proxies` are addresses and ranges (or "unix") whose X-Forwarded-For is believed; `carrier_ranges` are those
    in which one address stands for very many people.
    """

    data_dir: Path
    port: int
    public_url: str
    database_url: str
    pool_size: int
    owner_database_url: str
    root_secret: bytes
    sign_in: SignIn
    beacon: Beacon
    log_origin: str
    witnesses: tuple[str, ...]
    witness_quorum: int
    draw_lead_seconds: int
    witness_seconds: int
    is_demonstration: bool
    trusted_proxies: tuple[str, ...]
    carrier_ranges: tuple[str, ...]
    metrics_token: str

    def key_for(self, purpose: str) -> bytes:
        """32 bytes for one purpose, the same in every process of this deployment."""
        return derived_key(self.root_secret, purpose)


EIDAS_ACR_VALUES = " ".join(f"http://eidas.europa.eu/LoA/{level}" for level in ("low", "substantial", "high"))


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings from `environment`; makes the root secret on first use where none is given."""
    port = int(environment.get("DAWR_PORT", "8000"))
    data_dir = Path(environment.get("DAWR_DATA_DIR", "var")).resolve()
    database_url = environment.get("DAWR_DATABASE_URL", "")
    return Settings(
        data_dir=data_dir,
        port=port,
        public_url=environment.get("DAWR_PUBLIC_URL", f"http://localhost:{port}"),
        database_url=database_url,
        pool_size=int(environment.get("DAWR_POOL_SIZE", "10")),
        owner_database_url=environment.get("DAWR_OWNER_DATABASE_URL", database_url),
        root_secret=_root_secret(environment, data_dir),
        sign_in=SignIn(
            issuer=environment.get("DAWR_OIDC_ISSUER", f"http://localhost:{port + 1}"),
            client_id=environment.get("DAWR_OIDC_CLIENT_ID", "dawr"),
            civil_number_claim=environment.get("DAWR_OIDC_CIVIL_NUMBER_CLAIM", "civil_number"),
            name_claim=environment.get("DAWR_OIDC_NAME_CLAIM", "name_ar"),
            latin_name_claim=environment.get("DAWR_OIDC_LATIN_NAME_CLAIM", "name"),
            card_serial_claim=environment.get("DAWR_OIDC_CARD_SERIAL_CLAIM", "card_serial"),
            photograph_claim=environment.get("DAWR_OIDC_PHOTOGRAPH_CLAIM", "photograph"),
            scope=environment.get("DAWR_OIDC_SCOPE", "openid profile civil"),
            country=environment.get("DAWR_OIDC_COUNTRY", "KW"),
            algorithms=tuple(environment.get("DAWR_OIDC_ALGORITHMS", "ES256 PS256").split()),
            acr_values=tuple(environment.get("DAWR_OIDC_ACR_VALUES", EIDAS_ACR_VALUES).split()),
            assertion_audience=environment.get("DAWR_OIDC_ASSERTION_AUDIENCE", ""),
        ),
        beacon=Beacon(
            url=environment.get("DAWR_BEACON_URL", "https://api.drand.sh/v2/beacons/quicknet"),
            public_key=environment.get("DAWR_BEACON_PUBLIC_KEY", ""),
            genesis_seconds=int(environment.get("DAWR_BEACON_GENESIS", "1692803367")),
            period_seconds=int(environment.get("DAWR_BEACON_PERIOD", "3")),
            is_demonstration=environment.get("DAWR_BEACON_IS_DEMONSTRATION", "") == "yes",
        ),
        log_origin=environment.get("DAWR_LOG_ORIGIN", "dawr.example/log"),
        witnesses=tuple(environment.get("DAWR_WITNESSES", "").split()),
        witness_quorum=int(environment.get("DAWR_WITNESS_QUORUM", "2")),
        witness_seconds=int(environment.get("DAWR_WITNESS_SECONDS", "600")),
        draw_lead_seconds=int(environment.get("DAWR_DRAW_LEAD_SECONDS", "3600")),
        is_demonstration=environment.get("DAWR_DEMONSTRATION", "") == "yes",
        trusted_proxies=tuple(environment.get("DAWR_TRUSTED_PROXIES", "").split()),
        carrier_ranges=tuple(environment.get("DAWR_CARRIER_RANGES", "").split()),
        metrics_token=environment.get("DAWR_METRICS_TOKEN", ""),
    )


def _root_secret(environment: Mapping[str, str], data_dir: Path) -> bytes:
    if given := environment.get("DAWR_ROOT_SECRET"):
        secret = bytes.fromhex(given)
        if len(secret) != 32:
            raise ValueError("DAWR_ROOT_SECRET must be 64 hexadecimal digits")
        return secret
    file = Path(environment.get("DAWR_ROOT_SECRET_FILE", data_dir / "secrets" / "root"))
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(secrets.token_bytes(32))
    return file.read_bytes()
