"""librdkafka's mock cluster, for what the broker of ``tests.support.broker`` cannot do: records that expire, access rules.

It lives in this process, in the library that the Kafka client brings with it.
"""

import ctypes
from pathlib import Path
from types import TracebackType
from typing import Self

import confluent_kafka
from confluent_kafka import KafkaError

_PRODUCER = 0
_FETCH = 1


def _library() -> ctypes.CDLL:
    folder = Path(confluent_kafka.__file__).parent.with_name("confluent_kafka.libs")
    library = ctypes.CDLL(str(next(folder.glob("librdkafka*.so*"))))
    pointer, text, number, offset = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_int64
    library.rd_kafka_conf_new.restype = pointer
    library.rd_kafka_new.restype = pointer
    library.rd_kafka_new.argtypes = [number, pointer, text, ctypes.c_size_t]
    library.rd_kafka_mock_cluster_new.restype = pointer
    library.rd_kafka_mock_cluster_new.argtypes = [pointer, number]
    library.rd_kafka_mock_cluster_bootstraps.restype = text
    library.rd_kafka_mock_cluster_bootstraps.argtypes = [pointer]
    library.rd_kafka_mock_cluster_destroy.argtypes = [pointer]
    library.rd_kafka_destroy.argtypes = [pointer]
    library.rd_kafka_mock_topic_create.argtypes = [pointer, text, number, number]
    library.rd_kafka_mock_topic_set_error.argtypes = [pointer, text, number]
    library.rd_kafka_mock_partition_delete_records.argtypes = [pointer, text, number, offset]
    library.rd_kafka_mock_push_request_errors_array.argtypes = [
        pointer,
        ctypes.c_int16,
        ctypes.c_size_t,
        ctypes.POINTER(number),
    ]
    return library


class MockCluster:
    """One broker that does as it is told."""

    def __init__(self) -> None:
        self._library = _library()
        why = ctypes.create_string_buffer(512)
        self._client = self._library.rd_kafka_new(_PRODUCER, self._library.rd_kafka_conf_new(), why, len(why))
        assert self._client, why.value.decode()
        self._cluster = self._library.rd_kafka_mock_cluster_new(self._client, 1)
        self.address: str = self._library.rd_kafka_mock_cluster_bootstraps(self._cluster).decode()

    def create_topic(self, name: str, partitions: int = 1) -> None:
        self._expect_done(
            self._library.rd_kafka_mock_topic_create(self._cluster, name.encode(), partitions, 1)
        )

    def expire(self, topic: str, before: int) -> None:
        """Delete the records of partition 0 before an offset, as retention does."""
        self._expect_done(
            self._library.rd_kafka_mock_partition_delete_records(self._cluster, topic.encode(), 0, before)
        )

    def fail_topic(self, topic: str, code: int) -> None:
        """Answer with an error whenever somebody asks about a topic."""
        self._library.rd_kafka_mock_topic_set_error(self._cluster, topic.encode(), code)

    def fail_fetches(self, *codes: int) -> None:
        """Answer the next fetches with errors."""
        errors = (ctypes.c_int * len(codes))(*codes)
        self._library.rd_kafka_mock_push_request_errors_array(self._cluster, _FETCH, len(codes), errors)

    @staticmethod
    def _expect_done(code: int) -> None:
        assert code == 0, KafkaError(code).str()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._library.rd_kafka_mock_cluster_destroy(self._cluster)
        self._library.rd_kafka_destroy(self._client)
