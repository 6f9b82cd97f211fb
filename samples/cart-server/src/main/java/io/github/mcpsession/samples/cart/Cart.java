package io.github.mcpsession.samples.cart;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What a customer is about to buy. Immutable; stored as JSON in an attribute.
 *
 * @param lines one line for each kind of item
 */
record Cart(List<Line> lines) {

	static final Cart EMPTY = new Cart(List.of());

	/**
	 * The most that a customer can have of one item.
	 */
	static final int MAX_QUANTITY = 99;

	Cart {
		lines = List.copyOf(lines);
	}

	/**
	 * This cart with more of an item.
	 * @param item the name of the item
	 * @param quantity how many to add
	 * @param price the price of one
	 * @return the changed copy
	 * @throws IllegalArgumentException if that makes too many
	 */
	Cart add(String item, int quantity, BigDecimal price) {
		int present = quantityOf(item);
		if (quantity < 1 || quantity > MAX_QUANTITY - present) {
			throw new IllegalArgumentException("Cannot add %d %s to the %d in the cart: there can be 1 to %d"
				.formatted(quantity, item, present, MAX_QUANTITY));
		}
		List<Line> changed = new ArrayList<>(remove(item).lines());
		changed.add(new Line(item, present + quantity, price));
		return new Cart(changed);
	}

	/**
	 * This cart without an item.
	 * @param item the name of the item
	 * @return the changed copy
	 */
	Cart remove(String item) {
		return new Cart(this.lines.stream().filter((line) -> !line.item().equals(item)).toList());
	}

	int quantityOf(String item) {
		return this.lines.stream().filter((line) -> line.item().equals(item)).mapToInt(Line::quantity).sum();
	}

	BigDecimal total() {
		return this.lines.stream().map(Line::total).reduce(BigDecimal.ZERO, BigDecimal::add);
	}

	/**
	 * The cart as a customer would read it.
	 * @return one line of text for each line, and the total
	 */
	String describe() {
		if (this.lines.isEmpty()) {
			return "The cart is empty";
		}
		return this.lines.stream().map(Line::describe).collect(Collectors.joining(", ")) + ". Total: " + total();
	}

	/**
	 * Some of one item.
	 *
	 * @param item the name of the item
	 * @param quantity how many
	 * @param price the price of one
	 */
	record Line(String item, int quantity, BigDecimal price) {

		BigDecimal total() {
			return this.price.multiply(BigDecimal.valueOf(this.quantity));
		}

		String describe() {
			return "%d x %s at %s".formatted(this.quantity, this.item, this.price);
		}

	}

}
