/* assets.S - files that the programs carry within them: NAME … NAME_end. */
	.section .rodata

	.macro asset name, file
	.global asset_\name, asset_\name\()_end
asset_\name:
	.incbin "\file"
asset_\name\()_end:
	.byte 0
	.endm

	asset widget, "widget/thongke.js"
	asset apply, "daemon/store/apply.lua"
	asset read, "daemon/store/read.lua"
	asset skip, "daemon/store/skip.lua"

	.section .note.GNU-stack, "", %progbits
