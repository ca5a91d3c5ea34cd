"""What everybody waits for at most."""

from dawr.db.pool import POOL_WAIT_SECONDS_MAX, make_pool


async def test_after_a_long_outage_nobody_waits_for_an_attempt_that_was_put_off_during_it() -> None:
    # An attempt to connect pauses twice as long after each failure, up to this; a new one begins with whoever asks.
    assert make_pool("").reconnect_timeout <= POOL_WAIT_SECONDS_MAX
