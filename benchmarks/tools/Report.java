import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes of target/results.csv the tables of docs/benchmarks.md, between the two comments, and a plot for each load. Of
 * several rounds the one with the median ratio counts.
 */
class Report {

	private static final String BEGIN = "<!-- results -->", END = "<!-- end of results -->";

	private static final Map<String, String> TITLES = Map.of("echo", "A warm call of a tool that answers at once", "slow",
			"A call of 50 ms with one notification", "initialize", "`initialize`", "cycle",
			"A session for each call: `initialize`, `initialized`, `tools/call`, `DELETE`");

	record Round(String variant, String load, String connections, double[] values) {

		static Round of(String line) {
			String[] fields = line.split(",");
			double[] values = new double[fields.length - 4];
			for (int i = 0; i < values.length; i++) {
				values[i] = Double.parseDouble(fields[i + 4]);
			}
			return new Round(fields[0], fields[1], fields[2], values);
		}

		double ratio() {
			return this.values[6];
		}

	}

	public static void main(String[] args) throws IOException {
		Map<String, Map<String, List<Round>>> loads = new LinkedHashMap<>();
		List<String> lines = Files.readAllLines(Path.of("target/results.csv"));
		for (String line : lines.subList(1, lines.size())) {
			Round round = Round.of(line);
			loads.computeIfAbsent(round.load(), (load) -> new LinkedHashMap<>())
				.computeIfAbsent(round.variant() + " " + round.connections(), (key) -> new ArrayList<>())
				.add(round);
		}
		StringBuilder text = new StringBuilder();
		for (var load : loads.entrySet()) {
			text.append("\n### ").append(TITLES.get(load.getKey())).append("\n\n![Throughput relative to the plain server](images/benchmark-")
				.append(load.getKey()).append(".svg)\n\n")
				.append("| | connections | of the plain server's throughput (all rounds) | median, plain / with the starter | p99, plain / with the starter | JVM CPU | store CPU | round trips |\n")
				.append("| --- | --- | --- | --- | --- | --- | --- | --- |\n");
			Map<String, Double> bars = new LinkedHashMap<>();
			for (List<Round> rounds : load.getValue().values()) {
				List<Round> sorted = rounds.stream().sorted(Comparator.comparingDouble(Round::ratio)).toList();
				Round median = sorted.get(sorted.size() / 2);
				double[] v = median.values();
				text.append(String.format("| %s | %s | **%.2f** (%.2f to %.2f) | %.2f / %.2f ms | %.1f / %.1f ms | %.0f us | %.0f us | %.2f |\n",
						median.variant(), median.connections(), median.ratio(), sorted.get(0).ratio(),
						sorted.get(sorted.size() - 1).ratio(), v[1], v[4], v[2], v[5], v[7], v[8], v[9]));
				bars.put(median.variant() + (median.connections().equals("8") ? "" : ", " + median.connections()), median.ratio());
			}
			plot(Path.of("../docs/images/benchmark-" + load.getKey() + ".svg"), bars);
		}
		Path page = Path.of("../docs/benchmarks.md");
		String before = Files.readString(page);
		Files.writeString(page, before.substring(0, before.indexOf(BEGIN) + BEGIN.length()) + "\n" + text
				+ "\n" + before.substring(before.indexOf(END)));
	}

	private static void plot(Path file, Map<String, Double> bars) throws IOException {
		int left = 200, width = 400, height = 26 * bars.size() + 34;
		double max = Math.max(1.2, bars.values().stream().mapToDouble(Double::doubleValue).max().orElse(1));
		StringBuilder svg = new StringBuilder(String.format(
				"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"13\" role=\"img\">\n"
						+ "<title>Throughput relative to the plain server, which is 1</title>\n<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
				left + width + 60, height));
		int y = 8;
		for (var bar : bars.entrySet()) {
			double length = width * bar.getValue() / max;
			svg.append(String.format("<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text><rect x=\"%d\" y=\"%d\" width=\"%.0f\" height=\"18\" fill=\"#2f6f9f\"/><text x=\"%.0f\" y=\"%d\">%.2f</text>\n",
					left - 8, y + 14, bar.getKey(), left, y, length, left + length + 6, y + 14, bar.getValue()));
			y += 26;
		}
		double one = left + width / max;
		svg.append(String.format("<line x1=\"%.0f\" y1=\"0\" x2=\"%.0f\" y2=\"%d\" stroke=\"#c33\" stroke-dasharray=\"4 3\"/><text x=\"%.0f\" y=\"%d\" text-anchor=\"middle\" fill=\"#c33\">plain server</text>\n</svg>\n",
				one, one, y + 2, one, y + 18));
		Files.createDirectories(file.getParent());
		Files.writeString(file, svg);
	}

}
