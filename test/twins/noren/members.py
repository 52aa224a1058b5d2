"""What tells one Noren broker from another: paths, login, signing, contract files."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Member:
    """prefix: of every call. ws: path of the socket. login: `oauth` (GenAcsTok) or `pi` (JSON at a host of its own).

    signed: where the token of a call stands: `header` or `body`. charts: the same for chart calls, `either` for both.
    files: `zip` (one archive per segment) or `csv`. paise: files of shares count ticks in paise. bse_indices: tokens
    of the BSE indices that the broker knows, None for all of the exchange's.
    """

    prefix: str = "/NorenWClientAPI"
    ws: str = "/NorenWSAPI/"
    login: str = "oauth"
    signed: str = "header"
    charts: str = "header"
    files: str = "zip"
    paise: bool = False
    bse_indices: dict | None = None


MEMBERS = {
    "shoonya": Member(charts="either", paise=True, bse_indices={"SENSEX": "1", "BANKEX": "12"}),
    "zebu": Member(bse_indices={}),
    "flattrade": Member(
        prefix="/PiConnectAPI", ws="/PiConnectWSAPI/", login="pi", signed="body", charts="body", files="csv"
    ),
}
