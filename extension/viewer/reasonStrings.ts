// Owns the translations of what core says of media files and their pictures: why they cannot be decoded, and what is to be known of them.
import * as vscode from 'vscode';

/** By their English text. The server finds these in the editor's bundle too (server/reasonTexts.ts). */
export function reasonStrings(): Record<string, string> {
  return {
    'it is no picture of a kind that is known': vscode.l10n.t('it is no picture of a kind that is known'),
    'it is of a kind that is not decoded ({0})': vscode.l10n.t('it is of a kind that is not decoded ({0})'),
    'it needs more memory than a picture may take': vscode.l10n.t(
      'it needs more memory than a picture may take',
    ),
    'it has no channels that can be shown': vscode.l10n.t('it has no channels that can be shown'),
    'it holds deep data alone, several samples a pixel, which are not decoded': vscode.l10n.t(
      'it holds deep data alone, several samples a pixel, which are not decoded',
    ),
    'it was saved without the picture of all layers together': vscode.l10n.t(
      'it was saved without the picture of all layers together',
    ),
    'its kind of colour has no {0} bits': vscode.l10n.t('its kind of colour has no {0} bits'),
    'its kind of colour is not known ({0})': vscode.l10n.t('its kind of colour is not known ({0})'),
    'its pixels are of kind ASTC, which is not decoded here': vscode.l10n.t(
      'its pixels are of kind ASTC, which is not decoded here',
    ),
    'its pixels are of kind ETC2 or EAC, which is not decoded here': vscode.l10n.t(
      'its pixels are of kind ETC2 or EAC, which is not decoded here',
    ),
    'its pixels are packed in an unknown way ({0})': vscode.l10n.t(
      'its pixels are packed in an unknown way ({0})',
    ),
    'its pixels are packed with Basis Universal, which is not decoded here': vscode.l10n.t(
      'its pixels are packed with Basis Universal, which is not decoded here',
    ),
    'its pixels are packed with Zstandard, which is not decoded here': vscode.l10n.t(
      'its pixels are packed with Zstandard, which is not decoded here',
    ),
    'no thumbnail fits into {0} bytes': vscode.l10n.t('no thumbnail fits into {0} bytes'),
    'the file is cut off': vscode.l10n.t('the file is cut off'),
    'the file is damaged': vscode.l10n.t('the file is damaged'),
    'the file is damaged ({0})': vscode.l10n.t('the file is damaged ({0})'),
    'the header is cut off': vscode.l10n.t('the header is cut off'),
    'the picture has no pixels': vscode.l10n.t('the picture has no pixels'),
    'the pixels are cut off': vscode.l10n.t('the pixels are cut off'),
    '{0} × {1} pixels are too many to decode': vscode.l10n.t('{0} × {1} pixels are too many to decode'),
    'DDS pixels of DXGI format {0} are not decoded': vscode.l10n.t(
      'DDS pixels of DXGI format {0} are not decoded',
    ),
    'DDS pixels of kind {0} are not decoded': vscode.l10n.t('DDS pixels of kind {0} are not decoded'),
    'DDS pixels of {0} bits are not decoded': vscode.l10n.t('DDS pixels of {0} bits are not decoded'),
    'DDS pixels with such masks are not decoded': vscode.l10n.t('DDS pixels with such masks are not decoded'),
    'KTX2 pixels of Vulkan format {0} are not decoded': vscode.l10n.t(
      'KTX2 pixels of Vulkan format {0} are not decoded',
    ),
    'there is not enough memory for the picture': vscode.l10n.t('there is not enough memory for the picture'),
    'the picture is damaged': vscode.l10n.t('the picture is damaged'),
    'CMYK is shown and compared as RGB, without its colour profile': vscode.l10n.t(
      'CMYK is shown and compared as RGB, without its colour profile',
    ),
    'Lab is shown and compared as sRGB': vscode.l10n.t('Lab is shown and compared as sRGB'),
    'Duotone is shown in grey, without its inks': vscode.l10n.t('Duotone is shown in grey, without its inks'),
    'Its channels are shown as red, green and blue': vscode.l10n.t(
      'Its channels are shown as red, green and blue',
    ),
    '{0} further channels are not shown': vscode.l10n.t('{0} further channels are not shown'),
    'It has too many pixels to be shown and compared with all of its 16 bits: their upper 8 are':
      vscode.l10n.t(
        'It has too many pixels to be shown and compared with all of its 16 bits: their upper 8 are',
      ),
    'It has {0} slices: the first one is shown': vscode.l10n.t('It has {0} slices: the first one is shown'),
    'It is a cube map: its first face is shown': vscode.l10n.t('It is a cube map: its first face is shown'),
    'It is animated: the first of {0} frames is shown': vscode.l10n.t(
      'It is animated: the first of {0} frames is shown',
    ),
    'Of {0} channels these are shown: {1}': vscode.l10n.t('Of {0} channels these are shown: {1}'),
    'Part {0} of {1} is shown': vscode.l10n.t('Part {0} of {1} is shown'),
    'files of this kind have no picture': vscode.l10n.t('files of this kind have no picture'),
    'there is no picture in the file': vscode.l10n.t('there is no picture in the file'),
    'it is cut off or damaged': vscode.l10n.t('it is cut off or damaged'),
    'the database in it is damaged': vscode.l10n.t('the database in it is damaged'),
    'a count in it cannot be right': vscode.l10n.t('a count in it cannot be right'),
    'a name in it does not exist': vscode.l10n.t('a name in it does not exist'),
    'it does not begin as an Unreal package': vscode.l10n.t('it does not begin as an Unreal package'),
    'it does not begin with its header': vscode.l10n.t('it does not begin with its header'),
    'it does not say how its sound is coded': vscode.l10n.t('it does not say how its sound is coded'),
    'it has no database in it': vscode.l10n.t('it has no database in it'),
    'it has no directory of its parts': vscode.l10n.t('it has no directory of its parts'),
    'it has no document in it': vscode.l10n.t('it has no document in it'),
    'it is cooked without a version': vscode.l10n.t('it is cooked without a version'),
    'it is older than Unreal Engine 4.10': vscode.l10n.t('it is older than Unreal Engine 4.10'),
    'it names no size': vscode.l10n.t('it names no size'),
    'its description is missing or too long': vscode.l10n.t('its description is missing or too long'),
    'its description is no JSON': vscode.l10n.t('its description is no JSON'),
    'its description is none of glTF': vscode.l10n.t('its description is none of glTF'),
    'its description is too long': vscode.l10n.t('its description is too long'),
    'its document names no picture': vscode.l10n.t('its document names no picture'),
    'its first chunk is none of WebP': vscode.l10n.t('its first chunk is none of WebP'),
    'its header is damaged': vscode.l10n.t('its header is damaged'),
    'its header is not known': vscode.l10n.t('its header is not known'),
    'its header is not that of a TGA picture': vscode.l10n.t('its header is not that of a TGA picture'),
    'its header names no size': vscode.l10n.t('its header names no size'),
    'its kind of colour is unknown': vscode.l10n.t('its kind of colour is unknown'),
    'its version ({0}) is not known': vscode.l10n.t('its version ({0}) is not known'),
    'its version is not known': vscode.l10n.t('its version is not known'),
    'its version of Unreal Engine ({0}) is not known yet': vscode.l10n.t(
      'its version of Unreal Engine ({0}) is not known yet',
    ),
    'its version of the package format is not known': vscode.l10n.t(
      'its version of the package format is not known',
    ),
    'the database in it is none of SQLite': vscode.l10n.t('the database in it is none of SQLite'),
    'the database in it is of an unknown kind': vscode.l10n.t('the database in it is of an unknown kind'),
    'the directory of its parts is damaged': vscode.l10n.t('the directory of its parts is damaged'),
    'the directory of its parts is too long': vscode.l10n.t('the directory of its parts is too long'),
    'the paths of its objects are too long': vscode.l10n.t('the paths of its objects are too long'),
    '{0} in it is damaged': vscode.l10n.t('{0} in it is damaged'),
    '{0} in it is packed in an unknown way': vscode.l10n.t('{0} in it is packed in an unknown way'),
    '{0} in it is too large': vscode.l10n.t('{0} in it is too large'),
    'it has no segment': vscode.l10n.t('it has no segment'),
    'the description of its tracks is too long': vscode.l10n.t('the description of its tracks is too long'),
    'no frame of sound is found in it': vscode.l10n.t('no frame of sound is found in it'),
    'the description of its tracks is missing': vscode.l10n.t('the description of its tracks is missing'),
    'none of its streams is known': vscode.l10n.t('none of its streams is known'),
    'it has more parts than are looked at': vscode.l10n.t('it has more parts than are looked at'),
    'there is neither a picture nor a sound in it': vscode.l10n.t(
      'there is neither a picture nor a sound in it',
    ),
  };
}
