"""Trusts the schema: an order number of the right form is somebody else's order."""

CAUGHT_BY = ["test_an_invented_order_is_refused", "test_words_that_the_customer_did_not_say_are_refused"]
HINT = 1


class Ticket(BaseModel, extra="forbid", strict=True):
    """What the shop works with."""

    order: str | None = Field(pattern="^[A-Z]{2}-[0-9]{6}$", description="as it stands in the mail")
    category: Literal["delivery", "refund", "defect", "account", "other"]
    urgency: Literal["low", "normal", "high"]
    summary: str = Field(max_length=120, description="one line of at most 120 characters")
    wanted_by: str | None = Field(max_length=80, description="the customer's words, at most 80 characters")

    @field_validator("summary", "wanted_by")
    @classmethod
    def one_line(cls, value: str | None) -> str | None:
        if value is not None and (not value.strip() or len(value.splitlines()) > 1):
            raise ValueError("it has to be one line, and not a blank one")
        return value

    @field_validator("order", "wanted_by")
    @classmethod
    def stands_in_the_mail(cls, value: str | None, info: ValidationInfo) -> str | None:
        return value
