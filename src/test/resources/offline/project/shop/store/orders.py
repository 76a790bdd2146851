"""Orders as they are stored."""
import os

from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = 'orders'

    def is_late(self, today) -> bool:
        return self.due_date < today

    def ship_now(self) -> None:
        # IMPORTANT: the stock is booked first, a parcel without stock cannot be taken back
        self.book_stock()
        self.state = 'shipped'


def open_store() -> str:
    return os.environ['SHOP_DATABASE']
