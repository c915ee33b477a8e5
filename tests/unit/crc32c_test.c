/* crc32c_test.c - the answers that RFC 3720 B.4 gives, by both ways. */
#include "base/crc32c.h"

#include "cases.h"

static void
assert_sum(const void *p, size_t n, uint32_t sum)
{
	assert_int_equal(crc32c(0, p, n), sum);
	assert_int_equal(crc32c_by_table(0, p, n), sum);
}

static void
known_answers(void **state)
{
	static const uint8_t read_command[48] = { 0x01, 0xc0, [16] = 0x14, [22] = 0x04, [27] = 0x14, [31] = 0x18,
		0x28, [40] = 0x02 };
	uint8_t bytes[32];

	(void)state;
	memset(bytes, 0, sizeof(bytes));
	assert_sum(bytes, sizeof(bytes), 0x8a9136aa);
	memset(bytes, 0xff, sizeof(bytes));
	assert_sum(bytes, sizeof(bytes), 0x62a8ab43);
	for (uint8_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = i;
	assert_sum(bytes, sizeof(bytes), 0x46dd794e);
	for (uint8_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = 31 - i;
	assert_sum(bytes, sizeof(bytes), 0x113fdb5c);
	assert_sum(read_command, sizeof(read_command), 0xd9963a56);
	assert_sum("123456789", 9, 0xe3069283);
	assert_sum("", 0, 0);
}

static void
a_sum_goes_on_where_another_ended(void **state)
{
	uint8_t bytes[100];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 37);
	for (size_t n = 0; n <= sizeof(bytes); n++) {
		for (size_t cut = 0; cut <= n; cut++) {
			uint32_t sum = crc32c(crc32c(0, bytes, cut), bytes + cut, n - cut);
			assert_sum(bytes, n, sum);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_answers),
		cmocka_unit_test(a_sum_goes_on_where_another_ended),
	};

	return cmocka_run_group_tests_name("crc32c", tests, NULL, NULL);
}
