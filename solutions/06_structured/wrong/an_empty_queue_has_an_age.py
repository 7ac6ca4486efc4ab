"""Tells an age of 0 where nothing is dead: an alarm cannot tell that from a letter that died now."""

CAUGHT_BY = ["test_nothing_is_dead_in_an_empty_store"]
HINT = 7


def create_app(path: str, clock: Clock = time.time) -> FastAPI:
    app = FastAPI()

    def dead_one(store: Any, mail_id: str) -> Mail:
        store.execute("BEGIN IMMEDIATE")  # whoever presses the button second waits here, and comes too late
        mail, state = known(store, mail_id), "SELECT 1 FROM dead WHERE mail_id = ?"
        if mail is None:
            raise HTTPException(404, "There is no such mail.")
        if not store.execute(state, [mail_id]).fetchone():
            raise HTTPException(409, "This mail is not dead, or not any more.")
        return mail

    @app.get("/", response_class=HTMLResponse)
    def look() -> str:
        return page()

    @app.get("/dead")
    def dead() -> list[dict[str, Any]]:
        with opened(path) as store:
            return dead_letters(store, clock())

    @app.get("/dead/{mail_id}")
    def one(mail_id: str) -> dict[str, Any]:
        with opened(path) as store:
            mail = dead_one(store, mail_id)
            [why] = store.execute("SELECT why FROM dead WHERE mail_id = ?", [mail_id]).fetchone()
            return {"mail": mail, "why": why, "attempts": tried(store, mail_id)}

    @app.post("/dead/{mail_id}/correct")
    async def correct(mail_id: str, request: Request) -> dict[str, str]:
        text = (await request.body()).decode(errors="replace")
        with opened(path) as store:
            mail = dead_one(store, mail_id)
            try:
                ticket = read(text, mail)
            except Unreadable as reason:
                raise HTTPException(422, str(reason)) from None
            post(store, mail, ticket, due(ticket.wanted_by, mail["received"]))
            store.execute("DELETE FROM dead WHERE mail_id = ?", [mail_id])
            pair = [mail_id, tried(store, mail_id)[-1]["text"], ticket.model_dump_json()]
            store.execute("INSERT INTO pairs (mail_id, wrong, right) VALUES (?, ?, ?)", pair)
        return {"state": "done"}

    @app.post("/dead/{mail_id}/redrive")
    def redrive(mail_id: str) -> dict[str, str]:
        with opened(path) as store:
            dead_one(store, mail_id)
            store.execute("DELETE FROM dead WHERE mail_id = ?", [mail_id])
            store.execute("UPDATE mail SET state = 'waiting' WHERE id = ?", [mail_id])
        return {"state": "waiting"}

    @app.get("/monitor")
    def monitor() -> dict[str, Any]:
        with opened(path) as store:
            return {key: value or 0 for key, value in figures(store, clock()).items()}

    @app.get("/pairs")
    def pairs() -> PlainTextResponse:
        with opened(path) as store:
            kept = store.execute("SELECT * FROM pairs JOIN mail ON id = mail_id ORDER BY number").fetchall()
        chats = [[*brief(mail_of(row)), {"role": "assistant", "content": row["right"]}] for row in kept]
        lines = [json.dumps({"messages": chat}, ensure_ascii=False) + "\n" for chat in chats]
        return PlainTextResponse("".join(lines), media_type="application/x-ndjson")

    return app
