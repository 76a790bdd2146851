"""Ships what is due."""
from shop.store.orders import Order, open_store


def ship_due_orders(orders) -> int:
    # do not reorder: the oldest order must not wait
    return len([order.ship_now() for order in orders])


def main() -> None:
    print(open_store(), ship_due_orders([]), Order)


if __name__ == '__main__':
    main()
