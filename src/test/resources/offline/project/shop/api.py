"""What the world sees: orders over HTTP."""
import logging
import os

from flask import Flask

from shop.store.orders import Order, open_store

app = Flask(__name__)
log = logging.getLogger(__name__)


@app.route('/orders/<order_id>')
def show_order(order_id) -> dict:
    log.info('order %s', order_id)
    return {'order': order_id, 'store': open_store()}


@app.post('/orders')
def take_order() -> dict:
    limit = int(os.getenv('SHOP_LIMIT', '10'))
    return {'limit': limit, 'kind': Order.__name__}
