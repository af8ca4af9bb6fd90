"""Download one small file from a host that is known beforehand."""

from __future__ import annotations

from pipeline.net import body
from pipeline.net.client import REQUEST_ERRORS, Client, prepare
from pipeline.net.deadline import Deadline
from pipeline.net.fetch_problem import FetchProblem
from pipeline.net.transport import quiet_urllib3_logs

_CHUNK_BYTES = 16 * 1024


def download(client: Client, url: str) -> bytes:
    """
    Return what *url* answers with status 200; redirects are not followed.

    Raises:
        FetchProblem: It answers otherwise, too slowly, or with more than the limits of *client* allow. The message does
            not hold the URL.
    """
    with quiet_urllib3_logs(), Deadline(client.limits.total_s) as deadline:
        try:
            with client.session(deadline, {}) as session:
                request = prepare(session, url)
                with client.send(session, request, deadline) as response:
                    if response.status_code != 200:
                        raise FetchProblem(f"the answer has the status {response.status_code}.")
                    coding = response.headers.get("content-encoding", "")
                    chunks = response.raw.stream(_CHUNK_BYTES, decode_content=False)
                    return body.decompress(chunks, coding, client.limits.size_bytes)
        except REQUEST_ERRORS as error:
            raise FetchProblem(client.explain(error, deadline)) from error
