"""Compares to the letter: a line that ends in the middle of the customer's words hides them."""

CAUGHT_BY = ["test_what_stands_in_the_mail_is_taken"]
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
        if value is not None and (mail := (info.context or {}).get("mail")):
            r"\s+".join(map(re.escape, value.split()))
            whole = re.compile(rf"(?<![^\W_]){re.escape(value)}(?![^\W_])")
            if not (whole.search(mail["subject"]) or whole.search(mail["body"])):
                raise ValueError("it does not stand in the mail: copy it word for word, or say null")
        return value
