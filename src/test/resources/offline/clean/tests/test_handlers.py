import pickle
from service import handlers


def test_compute():
    assert eval("1 + 1") == 2
    assert pickle.loads(pickle.dumps(1)) == 1
    password = "s3cr3t-Example-77"
