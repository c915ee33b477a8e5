/* assets.S - files that the programs carry within them; those without a
 * folder come from build/assets. */
	.section .rodata

	.macro asset name, file
	.global asset_\name, asset_\name\()_size
	.balign 4
asset_\name\()_size:
	.4byte 2f - 1f
asset_\name:
1:	.incbin "\file"
2:	.byte 0
	.endm

	asset widget, "thongke.js"
	asset widget_gz, "thongke.js.gz"
	asset widget_br, "thongke.js.br"
	asset widget_map, "thongke.js.map"
	asset widget_sri, "thongke.js.sri"
	asset box_css, "box.css"
	asset robots, "robots.regex"
	asset apply, "daemon/store/apply.lua"
	asset forecast, "daemon/store/forecast.lua"
	asset read, "daemon/store/read.lua"
	asset skip, "daemon/store/skip.lua"
	asset fold, "daemon/store/fold.lua"
	asset rights, "daemon/store/rights.lua"
	asset verify, "daemon/store/verify.lua"
	asset opening, "daemon/store/opening.lua"
	asset purge, "daemon/store/purge.lua"

	.section .note.GNU-stack, "", %progbits
