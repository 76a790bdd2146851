import pytest

from shop.store.orders import Order


def test_late_order():
    assert Order
    with pytest.raises(AttributeError):
        Order().is_late(1)
