package io.github.mcpsession.samples.cart;

import java.math.BigDecimal;
import java.util.Map;
import java.util.TreeMap;

import org.springframework.stereotype.Component;

/**
 * What the shop sells.
 */
@Component
class PriceList {

	private final Map<String, BigDecimal> prices = new TreeMap<>(Map.of("bread", new BigDecimal("3.20"), "coffee",
			new BigDecimal("7.90"), "honey", new BigDecimal("5.40"), "tea", new BigDecimal("4.50")));

	/**
	 * The price of an item.
	 * @param item the name of the item
	 * @return its price
	 * @throws IllegalArgumentException if the shop does not sell it
	 */
	BigDecimal priceOf(String item) {
		BigDecimal price = this.prices.get(item);
		if (price == null) {
			throw new IllegalArgumentException(
					"The shop has no '%s'; it has %s".formatted(item, String.join(", ", this.prices.keySet())));
		}
		return price;
	}

}
