"""How a picture is drawn: geometry, looks and traces. Every file here knows one part; ``report.drawing`` joins them."""
