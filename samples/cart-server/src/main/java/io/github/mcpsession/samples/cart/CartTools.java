package io.github.mcpsession.samples.cart;

import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;

import io.github.mcpsession.CallerResolver;
import io.github.mcpsession.SessionAttributes;
import io.github.mcpsession.SessionManager;
import io.modelcontextprotocol.server.McpSyncServerExchange;

import org.springframework.ai.mcp.annotation.McpTool;
import org.springframework.ai.mcp.annotation.McpToolParam;
import org.springframework.stereotype.Component;

/**
 * The tools of the shop. The cart of a client is an attribute of its caller if that is
 * authenticated, so that it is there in all its sessions, else of its session: every
 * replica of this server sees it, and it outlives them all.
 */
@Component
class CartTools {

	private static final String CART = "cart";

	private final SessionManager sessions;

	private final PriceList prices;

	CartTools(SessionManager sessions, PriceList prices) {
		this.sessions = sessions;
		this.prices = prices;
	}

	@McpTool(name = "add_item", description = "Puts an item of the shop into the cart")
	String addItem(McpSyncServerExchange exchange, @McpToolParam(description = "Name of the item") String item,
			@McpToolParam(description = "How many") int quantity) {
		return change(exchange, (cart) -> cart.add(item, quantity, this.prices.priceOf(item))).describe();
	}

	@McpTool(name = "remove_item", description = "Takes all of an item out of the cart")
	String removeItem(McpSyncServerExchange exchange, @McpToolParam(description = "Name of the item") String item) {
		return change(exchange, (cart) -> {
			if (cart.quantityOf(item) == 0) {
				throw new IllegalArgumentException("There is no '%s' in the cart".formatted(item));
			}
			return cart.remove(item);
		}).describe();
	}

	@McpTool(name = "show_cart", description = "Shows what is in the cart",
			annotations = @McpTool.McpAnnotations(readOnlyHint = true, destructiveHint = false))
	String showCart(McpSyncServerExchange exchange) {
		return attributes(exchange).get(CART, Cart.class).orElse(Cart.EMPTY).describe();
	}

	/**
	 * However many replicas are told to check out at once, one of them gets the cart.
	 */
	@McpTool(name = "checkout", description = "Buys what is in the cart, and empties it")
	String checkout(McpSyncServerExchange exchange) {
		AtomicReference<Cart> bought = new AtomicReference<>(Cart.EMPTY);
		change(exchange, (cart) -> {
			if (cart.lines().isEmpty()) {
				throw new IllegalStateException("The cart is empty: there is nothing to buy");
			}
			bought.set(cart);
			return Cart.EMPTY;
		});
		return "Bought " + bought.get().describe();
	}

	/**
	 * Change the cart in one atomic step. What the change throws leaves the cart as it
	 * was, and is the answer to the client.
	 */
	private Cart change(McpSyncServerExchange exchange, UnaryOperator<Cart> change) {
		Cart changed = attributes(exchange).update(CART, Cart.class,
				(cart) -> change.apply((cart != null) ? cart : Cart.EMPTY));
		return (changed != null) ? changed : Cart.EMPTY;
	}

	private SessionAttributes attributes(McpSyncServerExchange exchange) {
		return CallerResolver.callerOf(exchange.transportContext())
			.map(this.sessions::callerAttributes)
			.orElseGet(() -> this.sessions.attributes(exchange.sessionId()));
	}

}
