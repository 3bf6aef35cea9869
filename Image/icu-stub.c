// ICU without its data, as ICU's own "stubdata" library is: a data file of the right form that holds no items. Foundation
// brings 30 MB of calendars and collations along, which this program never asks for; the linker takes this symbol first.
#include <stdint.h>

const struct {
    uint16_t header_bytes;
    uint8_t magic[2];
    uint16_t info_bytes, reserved;
    uint8_t big_endian, charset, character_bytes, reserved_too;
    uint8_t format[4], format_version[4], data_version[4];
    uint8_t padding[8];
    uint32_t items, nothing[3];
} ICU_DATA __attribute__((aligned(16))) = {
    .header_bytes = 32,
    .magic = {0xda, 0x27},
    .info_bytes = 20,
    .character_bytes = 2,
    .format = {'T', 'o', 'C', 'P'},
    .format_version = {1},
};
