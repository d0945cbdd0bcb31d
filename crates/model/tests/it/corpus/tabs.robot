*** Variables ***
${A: int}	10
${B: str}	a b	c
${C: str} 	 d
*** Tasks ***
T
	Log	hi
 	Log	hi
	
