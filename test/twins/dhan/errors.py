"""Dhan's two shapes of error."""

import json

from test.twins.kit.http_server import Answer

TYPES = {
    "DH-901": "Invalid_Authentication", "DH-902": "Invalid_Access", "DH-904": "Rate_Limit", "DH-905": "Input_Exception",
    "DH-906": "Order_Error", "DH-907": "Data_Error", "DH-908": "Internal_Server_Error", "DH-911": "Invalid_IP",
}  # fmt: skip


class DhanError(Exception):
    """An answer of the trading side."""

    def __init__(self, status, code, message):
        super().__init__(message)
        self.status, self.code, self.message = status, code, message

    def answer(self):
        body = {"errorType": TYPES[self.code], "errorCode": self.code, "errorMessage": self.message}
        return Answer(self.status, json.dumps(body).encode())


class DataError(DhanError):
    """An answer of the data side."""

    def answer(self):
        body = {"status": "failed", "data": {self.code: self.message}}
        return Answer(self.status, json.dumps(body).encode())


def invalid(name):
    """A missing or unreadable field."""
    return DhanError(400, "DH-905", f"Missing required fields, bad values for parameters etc. ({name})")
